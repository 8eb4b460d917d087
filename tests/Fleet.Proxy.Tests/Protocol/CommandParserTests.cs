using System.Text;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>The shared wire table through the parser alone: the cut into packets must not show.</summary>
public class CommandParserTests
{
    private const int MaxValueBytes = 1 << 20;
    private const int EveryCutBelow = 20_000;
    private const int CutsAtTheEnds = 100;

    [Theory]
    [MemberData(nameof(WireCase.Names), MemberType = typeof(WireCase))]
    public void Any_cut_gives_the_same_commands(string name)
    {
        byte[] input = Encoding.Latin1.GetBytes(WireCase.Get(name).Input);
        List<string> whole = Parse(input, input.Length);
        for (int cut = 1; cut < input.Length; cut++)
        {
            if (input.Length > EveryCutBelow && cut > CutsAtTheEnds && cut < input.Length - CutsAtTheEnds)
            {
                continue;
            }

            Parse(input, cut).ShouldBe(whole, $"cut at byte {cut}");
        }
    }

    [Fact]
    public void One_byte_at_a_time_gives_the_same_commands()
    {
        byte[] input = Encoding.Latin1.GetBytes(string.Concat(WireCase.All.Where(c => c.Input.Length < 1000).Select(c => c.Input)));
        List<string> whole = Parse(input, input.Length);
        var bytewise = new CommandFeed(MaxValueBytes);
        foreach (byte b in input)
        {
            bytewise.Feed([b]);
        }

        bytewise.Commands.ShouldBe(whole);
    }

    [Fact]
    public void Random_bytes_are_consumed_without_failing()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] input = new byte[random.Next(1, 300)];
            for (int j = 0; j < input.Length; j++)
            {
                input[j] = random.Next(4) switch
                {
                    0 => (byte)' ',
                    1 => (byte)"\r\n0-9"[random.Next(5)],
                    _ => (byte)"getsadcr\0\xff"[random.Next(10)],
                };
            }

            List<string> whole = Parse(input, input.Length);
            Parse(input, random.Next(input.Length)).ShouldBe(whole);
        }
    }

    private static List<string> Parse(byte[] input, int cut)
    {
        var feed = new CommandFeed(MaxValueBytes);
        feed.Feed(input.AsSpan(0, cut));
        feed.Feed(input.AsSpan(cut));
        return feed.Commands;
    }
}
