using System.Text;

namespace Fleet.Lab.Bench;

/// <summary>
/// Checks the replies of one connection byte for byte as they arrive, in pieces of any size. The items of one get may come in any order:
/// proxies merge them as their servers answer.
/// </summary>
internal sealed class ReplyChecker(BenchTraffic traffic)
{
    private const int LongestLine = 512;
    private readonly byte[] _line = new byte[LongestLine];
    private readonly bool[] _seen = new bool[traffic.Workload.KeysPerGet];
    private int _lineBytes;
    private int _item = -1;
    private int _checked;
    private int _items;

    /// <summary>What was wrong with the replies; null so far nothing was.</summary>
    public string? Problem { get; private set; }

    /// <summary>Checks bytes until the reply to <paramref name="request"/> ends; false when more must arrive or a problem was found.</summary>
    /// <param name="request">The request that is answered next.</param>
    /// <param name="arrived">What arrived; cut by what was taken.</param>
    public bool TryEnd(BenchRequest request, ref ReadOnlySpan<byte> arrived)
    {
        while (arrived.Length > 0 && Problem is null)
        {
            if (_item >= 0)
            {
                TakeBlock(ref arrived);
            }
            else if (TakeLine(ref arrived) && EndsWith(request, _line.AsSpan(0, _lineBytes)))
            {
                return true;
            }
        }

        return false;
    }

    private void TakeBlock(ref ReadOnlySpan<byte> arrived)
    {
        ReadOnlySpan<byte> rest = traffic.Block(_item)[_checked..];
        int take = Math.Min(rest.Length, arrived.Length);
        if (!arrived[..take].SequenceEqual(rest[..take]))
        {
            Problem = $"the value of item {_item} is not the one that was stored";
            return;
        }

        arrived = arrived[take..];
        _checked += take;
        if (take == rest.Length)
        {
            _item = -1;
            _lineBytes = 0;
        }
    }

    // True when a whole line is there.
    private bool TakeLine(ref ReadOnlySpan<byte> arrived)
    {
        int end = arrived.IndexOf((byte)'\n');
        int take = end < 0 ? arrived.Length : end + 1;
        if (_lineBytes + take > LongestLine)
        {
            Problem = $"a reply line of more than {LongestLine} bytes";
            return false;
        }

        arrived[..take].CopyTo(_line.AsSpan(_lineBytes));
        _lineBytes += take;
        arrived = arrived[take..];
        return end >= 0;
    }

    // True when the line is the reply's last one.
    private bool EndsWith(BenchRequest request, ReadOnlySpan<byte> line)
    {
        if (request.IsStore ? line.SequenceEqual("STORED\r\n"u8) : line.SequenceEqual("END\r\n"u8) && _items == request.Count)
        {
            Array.Clear(_seen);
            _items = _lineBytes = 0;
            return true;
        }

        int item = request.IsStore ? -1 : traffic.ItemOf(line);
        int place = item - request.FirstItem;
        if (item < 0 || place < 0 || place >= request.Count || _seen[place])
        {
            string what = request.IsStore ? "the store" : $"the get of {request.Count} from";
            Problem = $"the answer to {what} item {request.FirstItem}, after {_items} items, is "
                + $"'{Encoding.ASCII.GetString(line).TrimEnd()}'";
            return false;
        }

        _seen[place] = true;
        _items++;
        (_item, _checked) = (item, line.Length);
        return false;
    }
}
