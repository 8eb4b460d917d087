namespace Fleet.Proxy.Engine;

/// <summary>Bytes between a writer at the end and a reader at the start; holds no array while empty.</summary>
internal sealed class ByteBuffer(BufferPool pool)
{
    // Growth copies; so the first array holds several small messages, and small arrays grow fast.
    private const int FirstBytes = 512;
    private const int FastGrowthBytes = 16 * 1024;
    private const int MostGrowthBytes = 1 << 24;
    private byte[]? _array;
    private int _start;
    private int _end;

    /// <summary>Bytes waiting to be read.</summary>
    public int Length => _end - _start;

    public ReadOnlySpan<byte> Data => _array.AsSpan(_start, _end - _start);

    /// <summary>Room for at least <paramref name="bytes"/> more; tell with <see cref="Commit"/> how many were written.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_array is null)
        {
            _array = pool.Rent(Math.Max(bytes, FirstBytes));
        }
        else if (_array.Length - _end < bytes)
        {
            MakeRoom(_array, bytes);
        }

        return _array.AsSpan(_end);
    }

    public void Commit(int bytes) => _end += bytes;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        bytes.CopyTo(Reserve(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Drops bytes from the start; an empty buffer gives its array back.</summary>
    public void Consume(int bytes)
    {
        _start += bytes;
        if (_start == _end)
        {
            Clear();
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        if (_array is not null)
        {
            pool.Return(_array);
            _array = null;
        }

        _start = 0;
        _end = 0;
    }

    // Moves to the front when what is moved is no more than what was consumed before it; so a byte is moved once on average.
    private void MakeRoom(byte[] array, int bytes)
    {
        int length = Length;
        bool fits = length + bytes <= array.Length && length <= _start;
        int grown = array.Length * (array.Length < FastGrowthBytes ? 4 : 2);
        byte[] target = fits ? array : pool.Rent(Math.Max(length + bytes, Math.Min(grown, MostGrowthBytes)));
        array.AsSpan(_start, length).CopyTo(target);
        if (target != array)
        {
            pool.Return(array);
        }

        (_array, _start, _end) = (target, 0, length);
    }
}
