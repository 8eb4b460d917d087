using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Fleet.Hosting.Otlp;

/// <summary>Writes the few kinds of protobuf fields that a metrics export has.</summary>
internal sealed class ProtoWriter
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private readonly ArrayBufferWriter<byte> _output = new(256);

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    /// <summary>A string field; an empty one is left out.</summary>
    public void Text(int field, string value)
    {
        if (value.Length > 0)
        {
            Bytes(field, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>A nested message.</summary>
    public void Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        Bytes(field, inner.Written);
    }

    /// <summary>An integer, enumeration or bool.</summary>
    public void Number(int field, ulong value)
    {
        Varint(((ulong)field << 3) | VarintType);
        Varint(value);
    }

    /// <summary>A fixed64 field.</summary>
    public void Fixed(int field, ulong value)
    {
        Varint(((ulong)field << 3) | Fixed64Type);
        BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(sizeof(ulong)), value);
        _output.Advance(sizeof(ulong));
    }

    /// <summary>A double field.</summary>
    public void Real(int field, double value) => Fixed(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A packed repeated field of fixed64 or double.</summary>
    public void Packed(int field, IReadOnlyList<ulong> values)
    {
        Varint(((ulong)field << 3) | BytesType);
        Varint((ulong)values.Count * sizeof(ulong));
        foreach (ulong value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(sizeof(ulong)), value);
            _output.Advance(sizeof(ulong));
        }
    }

    private void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | BytesType);
        Varint((ulong)value.Length);
        _output.Write(value);
    }

    private void Varint(ulong value)
    {
        Span<byte> room = _output.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[length++] = (byte)(value | 0x80);
        }

        room[length++] = (byte)value;
        _output.Advance(length);
    }
}
