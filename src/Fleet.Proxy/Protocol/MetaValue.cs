using System.Buffers;
using System.Buffers.Text;

namespace Fleet.Proxy.Protocol;

/// <summary>
/// A value that a node told in meta words, cut once into what a classic reply tells:
/// <c>VA BYTES (kKEY | fFLAGS | cUNIQUE | b)*\r\n DATA \r\n</c>. Spans of the reply; nothing is copied.
/// </summary>
internal readonly ref struct MetaValue
{
    private const int MaxPunctuation = 16;
    private readonly ReadOnlySpan<byte> _key;
    private readonly ReadOnlySpan<byte> _flags;
    private readonly ReadOnlySpan<byte> _unique;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _encoded;

    /// <summary>Cuts a complete reply.</summary>
    /// <param name="reply">The reply; begins with VA and a space.</param>
    /// <param name="header">Length of its first line, the line end included.</param>
    public MetaValue(ReadOnlySpan<byte> reply, int header)
    {
        ReadOnlySpan<byte> rest = reply[3..(header - 2)];
        Data = reply[header..];
        _bytes = Words.Next(ref rest);
        while (rest.Length > 1)
        {
            // Single spaces part what a node writes.
            rest = rest[1..];
            int length = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = length < 0 ? rest : rest[..length];
            rest = rest[word.Length..];
            switch (word.IsEmpty ? 0 : word[0])
            {
                case (byte)'k':
                    _key = word[1..];
                    break;
                case (byte)'f':
                    _flags = word[1..];
                    break;
                case (byte)'c':
                    _unique = word[1..];
                    break;
                case (byte)'b':
                    _encoded = true;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The value and the line end after it.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The reply names its key and flags, as it was asked to.</summary>
    public bool IsSound => !_key.IsEmpty && !_flags.IsEmpty;

    /// <summary>Room that the classic header needs at most, bytes.</summary>
    public int MaxHeaderBytes => MaxPunctuation + _key.Length + _flags.Length + _bytes.Length + _unique.Length;

    /// <summary>
    /// Writes <c>VALUE KEY FLAGS BYTES [UNIQUE]\r\n</c>, the key in its plain form: a node tells a key that was stored by its base64 form
    /// in base64, with the flag b. Returns how many bytes that took.
    /// </summary>
    public int WriteHeader(Span<byte> room)
    {
        "VALUE "u8.CopyTo(room);
        int at = "VALUE "u8.Length;
        if (!_encoded)
        {
            _key.CopyTo(room[at..]);
            at += _key.Length;
        }
        else if (Base64.DecodeFromUtf8(_key, room[at..], out _, out int plain) == OperationStatus.Done)
        {
            at += plain;
        }

        room[at++] = (byte)' ';
        _flags.CopyTo(room[at..]);
        at += _flags.Length;
        room[at++] = (byte)' ';
        _bytes.CopyTo(room[at..]);
        at += _bytes.Length;
        if (!_unique.IsEmpty)
        {
            room[at++] = (byte)' ';
            _unique.CopyTo(room[at..]);
            at += _unique.Length;
        }

        room[at++] = (byte)'\r';
        room[at++] = (byte)'\n';
        return at;
    }

    /// <summary>Room that the classic reply needs at most, bytes.</summary>
    public int MaxClassicBytes => MaxHeaderBytes + Data.Length + "END\r\n"u8.Length;

    /// <summary>Writes the classic reply, with or without the END that ends a retrieval. Returns how many bytes that took.</summary>
    public int WriteClassic(Span<byte> room, bool end)
    {
        int at = WriteHeader(room);
        Data.CopyTo(room[at..]);
        at += Data.Length;
        if (end)
        {
            "END\r\n"u8.CopyTo(room[at..]);
            at += "END\r\n"u8.Length;
        }

        return at;
    }
}
