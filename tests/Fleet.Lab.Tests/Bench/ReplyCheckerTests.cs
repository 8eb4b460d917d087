using System.Text;
using Fleet.Lab.Bench;

namespace Fleet.Lab.Tests.Bench;

public sealed class ReplyCheckerTests
{
    private static readonly BenchTraffic Multi = new(new BenchWorkload("multi", 12, 0, 3, 40), new Random(1));
    private static readonly BenchTraffic Etc = new(new BenchWorkload("etc", 50, 0.5, 1, null), new Random(1));

    [Fact]
    public void Replies_cut_anywhere_end_where_they_end_and_items_may_come_in_any_order()
    {
        byte[] replies = [.. Multi.Block(5), .. Multi.Block(3), .. Multi.Block(4), .. "END\r\n"u8, .. "STORED\r\n"u8];
        BenchRequest[] requests = [BenchRequest.Read(1, 3), BenchRequest.Store(7)];
        for (int cut = 1; cut < replies.Length; cut++)
        {
            var checker = new ReplyChecker(Multi);
            int ended = 0;
            foreach (byte[] part in new[] { replies[..cut], replies[cut..] })
            {
                ReadOnlySpan<byte> arrived = part;
                while (ended < requests.Length && checker.TryEnd(requests[ended], ref arrived))
                {
                    ended++;
                }

                arrived.Length.ShouldBe(0);
            }

            checker.Problem.ShouldBeNull($"cut at {cut}");
            ended.ShouldBe(2, $"cut at {cut}");
        }
    }

    [Fact]
    public void Every_item_of_real_sizes_is_known_by_its_reply()
    {
        for (int item = 0; item < Etc.Items; item++)
        {
            byte[] reply = [.. Etc.Block(item), .. "END\r\n"u8];
            ReadOnlySpan<byte> arrived = reply;
            new ReplyChecker(Etc).TryEnd(BenchRequest.Read(item, 1), ref arrived).ShouldBeTrue();
            Encoding.ASCII.GetString(Etc.Bytes(BenchRequest.Store(item))).ShouldStartWith($"set {item:D8}");
        }
    }

    [Theory]
    [InlineData("miss")]
    [InlineData("twice")]
    [InlineData("foreign")]
    [InlineData("corrupt")]
    [InlineData("error")]
    [InlineData("short")]
    public void A_wrong_reply_is_a_problem_and_never_an_end(string kind)
    {
        byte[] corrupt = [.. Multi.Block(4)];
        corrupt[^5] ^= 1;
        byte[] reply = kind switch
        {
            "miss" => [.. "END\r\n"u8],
            "twice" => [.. Multi.Block(3), .. Multi.Block(3), .. Multi.Block(4), .. "END\r\n"u8],
            "foreign" => [.. Multi.Block(3), .. Multi.Block(6), .. Multi.Block(4), .. "END\r\n"u8],
            "corrupt" => [.. Multi.Block(3), .. corrupt, .. Multi.Block(5), .. "END\r\n"u8],
            "error" => [.. "SERVER_ERROR out of memory\r\n"u8],
            _ => [.. Multi.Block(3), .. Multi.Block(4), .. "END\r\n"u8],
        };
        var checker = new ReplyChecker(Multi);
        ReadOnlySpan<byte> arrived = reply;
        checker.TryEnd(BenchRequest.Read(1, 3), ref arrived).ShouldBeFalse();
        checker.Problem.ShouldNotBeNull();
    }
}
