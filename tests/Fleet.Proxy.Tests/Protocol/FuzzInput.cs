using System.Text;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Hostile client bytes from a seed: pieces of the wire table, glued, cut, repeated and damaged.</summary>
internal static class FuzzInput
{
    private const int MaxPiece = 2_000;
    private static readonly byte[][] Text = Pieces(c => !c.Input.StartsWith('\u0080'));
    private static readonly byte[][] Binary = Pieces(c => c.Input.StartsWith('\u0080'));
    private static readonly byte[] Telling = Encoding.Latin1.GetBytes("\r\n \0\u0080\u0081\u00ff0179-+qkvbOTNM");

    /// <summary>The input of a seed; the same for ever.</summary>
    public static byte[] Make(int seed)
    {
        var random = new Random(seed);
        byte[][] pieces = random.Next(3) == 0 ? Binary : Text;
        var bytes = new List<byte>();
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            // Now and then a piece of the other protocol, where it does not belong.
            byte[][] source = random.Next(20) == 0 ? Text : pieces;
            bytes.AddRange(source[random.Next(source.Length)]);
        }

        for (int i = random.Next(6); i > 0 && bytes.Count > 0; i--)
        {
            Damage(bytes, random);
        }

        return [.. bytes];
    }

    private static void Damage(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 12), bytes.Count - at);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes[at] = Telling[random.Next(Telling.Length)];
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            default:
                bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                break;
        }
    }

    private static byte[][] Pieces(Func<WireCase, bool> belongs) =>
        [.. WireCase.All.Where(c => c.Input.Length < MaxPiece && belongs(c)).Select(c => Encoding.Latin1.GetBytes(c.Input))];
}
