namespace Fleet.Proxy.Tests.Support;

/// <summary>Classic commands over TLS.</summary>
internal sealed class TlsSpeaker(int port) : ISpeaker
{
    private TlsClient? _client;

    public async Task<string?> SetAsync(string key, string value)
    {
        _client ??= await TlsClient.ConnectAsync(port);
        string? line = await _client.AskAsync($"set {key} 0 0 {value.Length}\r\n{value}");
        return line == "STORED\r\n" ? null : line ?? "the connection ended";
    }

    public async Task<string?> GetAsync(string key)
    {
        _client ??= await TlsClient.ConnectAsync(port);
        await _client.SendAsync($"get {key}\r\n");
        string told = (await _client.UntilAsync("END\r\n"))!;
        if (told == "END\r\n")
        {
            return null;
        }

        told.ShouldStartWith($"VALUE {key} 0 ");
        return told[(told.IndexOf('\n') + 1)..^7];
    }

    public void Dispose() => _client?.Dispose();
}
