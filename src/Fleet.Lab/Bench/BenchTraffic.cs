using System.Globalization;
using System.Text;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>All requests of a workload and the blocks of which correct replies consist, laid out once.</summary>
/// <remarks>A key begins with its item's number in eight digits; a value is its key over and over, so no two items' blocks are equal.</remarks>
internal sealed class BenchTraffic
{
    private const int Digits = 8;
    private const int FixedKeyBytes = 24;
    private readonly byte[][] _blocks;
    private readonly byte[][] _gets;
    private readonly byte[][] _sets;
    private readonly int[]? _asked;

    /// <summary>Lays the workload out.</summary>
    /// <param name="workload">What is asked for.</param>
    /// <param name="random">Draws the sizes where they vary.</param>
    public BenchTraffic(BenchWorkload workload, Random random)
    {
        Workload = workload;
        _blocks = new byte[workload.Items][];
        _sets = new byte[workload.Items][];
        var keys = new string[workload.Items];
        for (int item = 0; item < keys.Length; item++)
        {
            int keyBytes = workload.ValueBytes is null ? Math.Max(Digits, EtcSizes.KeyBytes(random.NextDouble())) : FixedKeyBytes;
            int valueBytes = workload.ValueBytes ?? EtcSizes.ValueBytes(random.NextDouble());
            keys[item] = item.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0').PadRight(keyBytes, 'k');
            string value = string.Create(valueBytes, keys[item], static (into, key) =>
            {
                for (int i = 0; i < into.Length; i++)
                {
                    into[i] = key[i % key.Length];
                }
            });
            _blocks[item] = Ascii($"VALUE {keys[item]} 0 {valueBytes}\r\n{value}\r\n");
            _sets[item] = Ascii($"set {keys[item]} 0 0 {valueBytes}\r\n{value}\r\n");
        }

        _gets = [.. keys.Chunk(workload.KeysPerGet).Where(c => c.Length == workload.KeysPerGet).Select(c => Ascii($"get {string.Join(' ', c)}\r\n"))];
    }

    private BenchTraffic(BenchTraffic all, int[] asked) =>
        (Workload, _blocks, _gets, _sets, _asked) = (all.Workload, all._blocks, all._gets, all._sets, asked);

    /// <summary>The same items, of which only some are asked for. One item a get.</summary>
    /// <param name="items">Those that are; at least one.</param>
    public BenchTraffic Only(IEnumerable<int> items) => new(this, [.. items]);

    /// <summary>What is asked for.</summary>
    public BenchWorkload Workload { get; }

    /// <summary>Number of items.</summary>
    public int Items => _blocks.Length;

    /// <summary>Draws the next request.</summary>
    public BenchRequest Next(Random random)
    {
        bool store = Workload.SetRatio > 0 && random.NextDouble() < Workload.SetRatio;
        int drawn = _asked is null ? random.Next(store ? Items : _gets.Length) : _asked[random.Next(_asked.Length)];
        return store ? BenchRequest.Store(drawn) : BenchRequest.Read(drawn, Workload.KeysPerGet);
    }

    /// <summary>Bytes of a request.</summary>
    public ReadOnlySpan<byte> Bytes(BenchRequest request) =>
        request.IsStore ? _sets[request.FirstItem] : _gets[request.FirstItem / Workload.KeysPerGet];

    /// <summary>What a correct server sends for a stored item: <c>VALUE KEY 0 BYTES\r\nVALUE\r\n</c>.</summary>
    public ReadOnlySpan<byte> Block(int item) => _blocks[item];

    /// <summary>The item that a reply line <c>VALUE KEY …</c> names; -1 when it names none.</summary>
    public int ItemOf(ReadOnlySpan<byte> line)
    {
        const int At = 6;
        return line.Length > At + Digits && line.StartsWith("VALUE "u8)
            && int.TryParse(line.Slice(At, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out int item) && item < Items
            && _blocks[item].AsSpan().StartsWith(line)
            ? item
            : -1;
    }

    private static byte[] Ascii(FormattableString text) => Encoding.ASCII.GetBytes(FormattableString.Invariant(text));
}
