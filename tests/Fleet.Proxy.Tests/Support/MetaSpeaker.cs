namespace Fleet.Proxy.Tests.Support;

/// <summary>Meta commands, each with an opaque that must come back.</summary>
internal sealed class MetaSpeaker(int port) : ISpeaker
{
    private readonly TextClient _client = new(port);
    private int _opaque;

    public async Task<string?> SetAsync(string key, string value)
    {
        string opaque = $"O{++_opaque}";
        string? line = await _client.AskAsync($"ms {key} {value.Length} k {opaque}\r\n{value}");
        return line == $"HD k{key} {opaque}" ? null : line;
    }

    public async Task<string?> GetAsync(string key)
    {
        string opaque = $"O{++_opaque}";
        string? line = await _client.AskAsync($"mg {key} k {opaque} v");
        if (line!.StartsWith("EN", StringComparison.Ordinal))
        {
            return null;
        }

        line.ShouldStartWith("VA ");
        string[] words = line.Split(' ');
        words[2..].ShouldBe([$"k{key}", opaque]);
        string value = await _client.BytesAsync(int.Parse(words[1]) + 2);
        return value[..^2];
    }

    public void Dispose() => _client.Dispose();
}
