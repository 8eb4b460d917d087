using System.Buffers.Binary;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// The answer to IPMI DCMI "Get Power Reading" (DCMI 1.5, 6.6.1; net function 0x2C, command 0x02, data DC 01 00 00), little-endian:
/// <code>
/// u8 completion (0); u8 group (0xDC); u16 watts now, least, most, average; u32 time; u32 period ms; u8 state (bit 6: measuring)
/// </code>
/// </summary>
internal static class DcmiPower
{
    private const byte NetFunction = 0x2C;
    private const byte Command = 0x02;
    private const int Length = 19;
    private const byte Group = 0xDC;
    private const byte Measuring = 0x40;

    internal static readonly IpmiRequest Request = new(NetFunction, Command, [Group, 1, 0, 0]);

    /// <summary>Watts now; null with a reason when the answer has none (never 0 for unknown).</summary>
    internal static (double? Watts, string Reason) Parse(ReadOnlySpan<byte> answer)
    {
        if (answer.Length >= 1 && answer[0] != 0)
        {
            return (null, $"the management controller refused the power reading with completion code 0x{answer[0]:x2}");
        }

        if (answer.Length < Length || answer[1] != Group)
        {
            return (null, $"the management controller's answer of {answer.Length} bytes is no DCMI power reading");
        }

        int watts = BinaryPrimitives.ReadUInt16LittleEndian(answer[2..]);
        return (answer[18] & Measuring) == 0 || watts == 0
            ? (null, "the management controller does not measure power now")
            : (watts, "");
    }
}
