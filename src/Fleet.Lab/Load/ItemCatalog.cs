using System.Globalization;
using System.Text;

namespace Fleet.Lab.Load;

/// <summary>
/// All keys and values of a load, laid out once as the replies that a correct server gives. An item depends on its index alone, so a
/// key keeps its size and a value can be checked byte by byte by whoever knows the key.
/// </summary>
/// <remarks>A value is its key over and over, cut at the value's size: the longer part of the values carries the whole key.</remarks>
internal sealed class ItemCatalog
{
    private const int IndexDigits = 6;
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    // Per item: "VALUE <key> 0 <bytes>\r\n<value>\r\nEND\r\n". Key and value are slices of it.
    private static readonly byte[] End = "\r\nEND\r\n"u8.ToArray();
    private static readonly byte[] Start = "VALUE "u8.ToArray();
    private readonly byte[] _replies;
    private readonly int[] _offsets;
    private readonly byte[] _keyBytes;
    private readonly ushort[] _valueBytes;

    /// <summary>Lays out the first <paramref name="count"/> items.</summary>
    public ItemCatalog(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _keyBytes = new byte[count];
        _valueBytes = new ushort[count];
        _offsets = new int[count + 1];
        int total = 0;
        for (int i = 0; i < count; i++)
        {
            _offsets[i] = total;
            _keyBytes[i] = (byte)EtcSizes.KeyBytes(Uniform(i, 1));
            _valueBytes[i] = (ushort)EtcSizes.ValueBytes(Uniform(i, 2));
            int digits = _valueBytes[i].ToString(CultureInfo.InvariantCulture).Length;
            total = checked(total + Start.Length + _keyBytes[i] + " 0 ".Length + digits + "\r\n".Length + _valueBytes[i] + End.Length);
        }

        _offsets[count] = total;
        _replies = GC.AllocateUninitializedArray<byte>(total, pinned: true);
        for (int i = 0; i < count; i++)
        {
            Write(i, _replies.AsSpan(_offsets[i], _offsets[i + 1] - _offsets[i]));
        }
    }

    /// <summary>Number of items.</summary>
    public int Count => _keyBytes.Length;

    /// <summary>The whole reply of a correct server to a get of the item.</summary>
    public ReadOnlySpan<byte> Reply(int item) => _replies.AsSpan(_offsets[item], _offsets[item + 1] - _offsets[item]);

    /// <summary>The item's key.</summary>
    public ReadOnlySpan<byte> Key(int item) => _replies.AsSpan(_offsets[item] + Start.Length, _keyBytes[item]);

    /// <summary>The item's value.</summary>
    public ReadOnlySpan<byte> Value(int item) =>
        _replies.AsSpan(_offsets[item + 1] - End.Length - _valueBytes[item], _valueBytes[item]);

    /// <summary>Writes <c>get KEY\r\n</c>; returns its length, or 0 when it does not fit.</summary>
    public int WriteGet(int item, Span<byte> into)
    {
        ReadOnlySpan<byte> key = Key(item);
        int length = 4 + key.Length + 2;
        if (length > into.Length)
        {
            return 0;
        }

        "get "u8.CopyTo(into);
        key.CopyTo(into[4..]);
        "\r\n"u8.CopyTo(into[(4 + key.Length)..]);
        return length;
    }

    /// <summary>Writes <c>set KEY 0 0 BYTES\r\nVALUE\r\n</c>; returns its length, or 0 when it does not fit.</summary>
    public int WriteSet(int item, Span<byte> into)
    {
        ReadOnlySpan<byte> key = Key(item), value = Value(item);
        if (key.Length + value.Length + 24 > into.Length)
        {
            return 0;
        }

        "set "u8.CopyTo(into);
        key.CopyTo(into[4..]);
        int at = 4 + key.Length;
        " 0 0 "u8.CopyTo(into[at..]);
        at += 5;
        value.Length.TryFormat(into[at..], out int digits, default, CultureInfo.InvariantCulture);
        at += digits;
        "\r\n"u8.CopyTo(into[at..]);
        value.CopyTo(into[(at + 2)..]);
        at += 2 + value.Length;
        "\r\n"u8.CopyTo(into[at..]);
        return at + 2;
    }

    private void Write(int item, Span<byte> into)
    {
        Start.CopyTo(into);
        Span<byte> key = into.Slice(Start.Length, _keyBytes[item]);
        WriteKey(item, key);
        int at = Start.Length + key.Length;
        int value = _valueBytes[item];
        at += Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" 0 {value}\r\n"), into[at..]);
        for (int i = 0; i < value; i++)
        {
            into[at + i] = key[i % key.Length];
        }

        End.CopyTo(into[(at + value)..]);
    }

    // The index with its lowest digit first, so that short values differ between neighbours, then letters that depend on the index.
    private static void WriteKey(int item, Span<byte> key)
    {
        int rest = item;
        for (int i = 0; i < IndexDigits; i++)
        {
            key[i] = (byte)Digits[rest % Digits.Length];
            rest /= Digits.Length;
        }

        ulong letters = Mix((ulong)item + (3UL << 32));
        for (int i = IndexDigits; i < key.Length; i++)
        {
            key[i] = (byte)('a' + (letters % 26));
            letters = letters < 26 ? Mix(letters + (ulong)item + (ulong)i) : letters / 26;
        }
    }

    private static double Uniform(int item, ulong stream) => (Mix((ulong)item + (stream << 32)) >> 11) * (1.0 / (1UL << 53));

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
