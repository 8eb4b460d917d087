using System.Buffers.Text;

namespace Fleet.Proxy.Protocol;

/// <summary>The flags of a meta command, checked as memcached checks them.</summary>
internal ref struct MetaFlags
{
    /// <summary>Most flags that memcached 1.6.18 takes.</summary>
    public const int MaxCount = 17;

    /// <summary>Longest opaque with its letter, bytes.</summary>
    private const int MaxOpaque = 32;

    private const int SeenBits = 127;

    /// <summary>What is wrong; null when nothing is.</summary>
    public byte[]? Problem;

    /// <summary>b: the key is base64.</summary>
    public bool Encoded;

    /// <summary>q: the nominal answer is not wanted.</summary>
    public bool Quiet;

    /// <summary>Where the q flag and the space before it are among the flags.</summary>
    public int QuietStart;

    /// <summary>Bytes of the q flag with the space before it.</summary>
    public int QuietLength;

    /// <summary>M: the mode's letter; 0 when not given.</summary>
    public byte Mode;

    /// <summary>O: the opaque is longer than memcached takes.</summary>
    public bool LongOpaque;

    /// <summary>Reads the words behind the key (and behind the length of ms).</summary>
    public static MetaFlags Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> words)
    {
        var flags = default(MetaFlags);
        UInt128 seen = 0;
        ReadOnlySpan<byte> rest = words;
        int count = 0;
        for (ReadOnlySpan<byte> word = Words.Next(ref rest); !word.IsEmpty; word = Words.Next(ref rest))
        {
            byte name = word[0];
            if (++count > MaxCount)
            {
                flags.Problem = Replies.TooManyFlags;
                return flags;
            }

            UInt128 bit = name < SeenBits ? UInt128.One << name : 0;
            if (bit == 0 || (seen & bit) != 0)
            {
                flags.Problem = Replies.DuplicateFlag;
                return flags;
            }

            seen |= bit;
            flags.Note(name, word, key);
            if (ReferenceEquals(flags.Problem, Replies.InvalidFlag))
            {
                return flags;
            }

            if (name == 'q')
            {
                flags.Quiet = true;
                flags.QuietLength = word.Length + 1;
                flags.QuietStart = words.Length - rest.Length - flags.QuietLength;
            }
        }

        if (words.Contains((byte)0))
        {
            flags.Problem ??= Replies.BadFormat;
        }

        return flags;
    }

    /// <summary>True for a key that is base64 and nothing else.</summary>
    public static bool IsBase64(ReadOnlySpan<byte> key) => Base64.IsValid(key, out int bytes) && bytes > 0 && key.Length % 4 == 0;

    private void Note(byte name, ReadOnlySpan<byte> word, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> token = word[1..];
        switch (name)
        {
            case (byte)'b':
                Encoded = true;
                Problem = IsBase64(key) ? Problem : Replies.BadBase64;
                break;
            case (byte)'N' or (byte)'T' or (byte)'R':
                Problem = Words.IsExpiry(token) ? Problem : Replies.BadToken;
                break;
            case (byte)'C':
                Problem = Words.IsUInt64(token) ? Problem : Replies.BadToken;
                break;
            case (byte)'F':
                Problem = Words.IsUInt64(token) ? Problem : Problem ?? Replies.BadFormat;
                break;
            case (byte)'J':
                Problem = Words.IsUInt64(token) ? Problem : Replies.BadInitial;
                break;
            case (byte)'D':
                Problem = Words.IsUInt64(token) ? Problem : Replies.BadMetaDelta;
                break;
            case (byte)'M':
                Problem = token.Length == 1 ? Problem : Replies.BadMode;
                Mode = token.Length == 1 ? token[0] : (byte)0;
                break;
            case (byte)'O':
                LongOpaque = word.Length > MaxOpaque;
                break;
            case (byte)'P' or (byte)'L' or (byte)'k' or (byte)'s' or (byte)'t' or (byte)'c' or (byte)'f':
            case (byte)'v' or (byte)'h' or (byte)'l' or (byte)'u' or (byte)'q' or (byte)'I':
                break;
            default:
                Problem = Replies.InvalidFlag;
                break;
        }
    }
}
