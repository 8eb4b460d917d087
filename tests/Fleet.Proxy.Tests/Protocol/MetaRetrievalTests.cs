using System.Text;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>What nodes say to mg, and what clients are told.</summary>
public class MetaRetrievalTests
{
    [Theory]
    [InlineData("VA 3 kfoo f7\r\nabc\r\n", "VALUE foo 7 3\r\nabc\r\nEND\r\n")]
    [InlineData("VA 3 kfoo f0 c12\r\nabc\r\n", "VALUE foo 0 3 12\r\nabc\r\nEND\r\n")]
    [InlineData("VA 0 kfoo f4294967295\r\n\r\n", "VALUE foo 4294967295 0\r\n\r\nEND\r\n")]
    [InlineData("VA 6 f1 kc9\r\n\r\nEN\r\n\r\n", "VALUE c9 1 6\r\n\r\nEN\r\n\r\nEND\r\n")]
    public void A_value_is_told_in_classic_words(string reply, string told)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(reply);
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            MetaRetrieval.Parse(bytes.AsSpan(0, cut), 1 << 20, out _, out _).ShouldBe(ReplyOutcome.NeedMore, $"cut at {cut}");
        }

        MetaRetrieval.Parse([.. bytes, .. "EN\r\n"u8], 1 << 20, out int length, out _).ShouldBe(ReplyOutcome.Hit);
        length.ShouldBe(bytes.Length);
        var output = new ByteBuffer(new BufferPool());
        MetaRetrieval.WriteClassic(output, bytes);
        Encoding.Latin1.GetString(output.Data).ShouldBe(told);
    }

    [Theory]
    [InlineData("EN\r\n", ReplyOutcome.Line)]
    [InlineData("EN kfoo\r\n", ReplyOutcome.Line)]
    [InlineData("SERVER_ERROR out of memory\r\n", ReplyOutcome.Error)]
    [InlineData("ERROR\r\n", ReplyOutcome.Error)]
    [InlineData("END\r\n", ReplyOutcome.Malformed)]
    [InlineData("HD\r\n", ReplyOutcome.Malformed)]
    [InlineData("VA 1\r\nx\r\n", ReplyOutcome.Malformed)]
    [InlineData("VA x kfoo f0\r\n", ReplyOutcome.Malformed)]
    [InlineData("VA 2000000 kfoo f0\r\n", ReplyOutcome.Malformed)]
    internal void Other_replies_are_told_apart(string reply, ReplyOutcome outcome) =>
        MetaRetrieval.Parse(Encoding.Latin1.GetBytes(reply), 1 << 20, out _, out _).ShouldBe(outcome);

    [Fact]
    public void The_request_asks_for_the_unique_only_when_the_client_did()
    {
        var output = new ByteBuffer(new BufferPool());
        MetaRetrieval.WriteRequest(output, "foo"u8, unique: false);
        MetaRetrieval.WriteRequest(output, "bar"u8, unique: true);
        Encoding.Latin1.GetString(output.Data).ShouldBe("mg foo k f v\r\nmg bar k f c v\r\n");
    }
}
