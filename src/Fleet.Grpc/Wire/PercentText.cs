using System.Globalization;
using System.Text;

namespace Fleet.Grpc.Wire;

/// <summary>
/// grpc-message: UTF-8 where every byte outside 0x20–0x7E, and '%', is written as %XX. A reader never fails: what is not an escape
/// stays as it is.
/// </summary>
internal static class PercentText
{
    /// <summary>Longest detail that is sent, in bytes before escaping: Kestrel's and other peers' header lists end at 8–16 KiB.</summary>
    internal const int MaxBytes = 2048;

    public static string Encode(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var result = new StringBuilder(bytes.Length);
        foreach (byte b in bytes.AsSpan(0, Whole(bytes)))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                result.Append((char)b);
            }
            else
            {
                result.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return result.ToString();
    }

    public static string Decode(string text)
    {
        if (!text.Contains('%'))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    // A cut inside a character would decode to a replacement character: the cut moves before its first byte.
    private static int Whole(byte[] bytes)
    {
        int end = Math.Min(bytes.Length, MaxBytes);
        while (end < bytes.Length && end > 0 && (bytes[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return end;
    }
}
