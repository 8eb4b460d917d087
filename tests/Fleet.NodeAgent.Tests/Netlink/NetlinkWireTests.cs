using System.Buffers.Binary;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Tests.Netlink;

public class NetlinkWireTests
{
    [Fact]
    public void EncodesHeaderAndPaddedAttributes()
    {
        byte[] message = new NetlinkWriter(0x10, 5, 7, 3).Text(2, "netdev").U32(1, 0x01020304).U64(6, 400_000).ToArray();

        Convert.ToHexString(message).ShouldBe(
            "34000000" + "1000" + "0500" + "07000000" + "00000000" // nlmsghdr
            + "03010000" // genlmsghdr
            + "0B000200" + "6E65746465760000" // "netdev\0" padded by one
            + "08000100" + "04030201"
            + "0C000600" + "801A060000000000");
    }

    [Fact]
    public void DecodesADump()
    {
        var reply = new NetlinkReply();
        byte[] item = Item(9, Attribute(2, [7, 0, 0, 0]), Attribute(6, BitConverter.GetBytes(200_000UL)));
        byte[] done = Message(3, 0, 9, [0, 0, 0, 0]);

        reply.Take([.. item, .. item], 9).ShouldBeFalse();
        reply.Take(done, 9).ShouldBeTrue();

        reply.Items.Count.ShouldBe(2);
        reply.Items[0].Unsigned(2).ShouldBe(7UL);
        reply.Items[0].Unsigned(6).ShouldBe(200_000UL);
        reply.Items[0].Unsigned(5).ShouldBeNull();
    }

    [Fact]
    public void DropsAnswersToOtherRequests()
    {
        var reply = new NetlinkReply();
        reply.Take(Item(8, Attribute(2, [7, 0, 0, 0])), 9).ShouldBeFalse();
        reply.Items.ShouldBeEmpty();
    }

    [Fact]
    public void SaysTheKernelsWords()
    {
        byte[] echoed = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(echoed, 40);
        byte[] body = [.. BitConverter.GetBytes(-34), .. echoed, .. Attribute(1, "integer out of range\0"u8.ToArray())];

        NetlinkException e = Should.Throw<NetlinkException>(() => new NetlinkReply().Take(Message(2, 0x300, 9, body), 9));

        e.Error.ShouldBe(34);
        e.KernelText.ShouldBe("integer out of range");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    public void StopsAtALengthThatLies(int length)
    {
        byte[] bytes = Attribute(2, [7, 0, 0, 0]);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)length);
        NetlinkAttributes.Parse(bytes).Unsigned(2).ShouldBeNull();
    }

    private static byte[] Item(uint sequence, params byte[][] attributes) =>
        Message(30, 2, sequence, [11, 1, 0, 0, .. attributes.SelectMany(a => a)]);

    private static byte[] Message(ushort type, ushort flags, uint sequence, byte[] body)
    {
        byte[] message = new byte[16 + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), sequence);
        body.CopyTo(message, 16);
        return message;
    }

    private static byte[] Attribute(ushort type, byte[] payload)
    {
        byte[] attribute = new byte[(4 + payload.Length + 3) & ~3];
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(4 + payload.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute.AsSpan(2), type);
        payload.CopyTo(attribute, 4);
        return attribute;
    }
}
