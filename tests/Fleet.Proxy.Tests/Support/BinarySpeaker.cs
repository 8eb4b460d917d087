using System.Buffers.Binary;
using System.Text;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tests.Protocol;

namespace Fleet.Proxy.Tests.Support;

/// <summary>The binary protocol, quiet stores behind a fence included.</summary>
internal sealed class BinarySpeaker(int port) : ISpeaker
{
    private const int Header = 24;
    private readonly TextClient _client = new(port);

    public async Task<string?> SetAsync(string key, string value)
    {
        await _client.SendAsync(BinaryWire.Ask(BinaryOpcode.SetQ, key, BinaryWire.Item(), value) + BinaryWire.Ask(BinaryOpcode.Noop));
        (BinaryOpcode opcode, BinaryStatus status, string body) = await ReplyAsync();
        if (opcode == BinaryOpcode.Noop)
        {
            return null;
        }

        (await ReplyAsync()).Opcode.ShouldBe(BinaryOpcode.Noop);
        return $"{opcode} {status} {body}";
    }

    public async Task<string?> GetAsync(string key)
    {
        await _client.SendAsync(BinaryWire.Ask(BinaryOpcode.GetK, key));
        (BinaryOpcode opcode, BinaryStatus status, string body) = await ReplyAsync();
        opcode.ShouldBe(BinaryOpcode.GetK);
        if (status == BinaryStatus.NotFound)
        {
            return null;
        }

        status.ShouldBe(BinaryStatus.Ok, body);
        body[4..].ShouldStartWith(key);
        return body[(4 + key.Length)..];
    }

    /// <summary>The next reply: extras, key and value as one text.</summary>
    public async Task<(BinaryOpcode Opcode, BinaryStatus Status, string Body)> ReplyAsync()
    {
        byte[] header = Encoding.Latin1.GetBytes(await _client.BytesAsync(Header));
        header[0].ShouldBe((byte)0x81);
        BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12)).ShouldBe(0xdeadbeef, "the client's own opaque");
        string body = await _client.BytesAsync(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8)));
        return ((BinaryOpcode)header[1], (BinaryStatus)BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6)), body);
    }

    /// <summary>Asks and reads the reply.</summary>
    public async Task<(BinaryOpcode Opcode, BinaryStatus Status, string Body)> AskAsync(string packet)
    {
        await _client.SendAsync(packet);
        return await ReplyAsync();
    }

    public void Dispose() => _client.Dispose();
}
