using System.Net.Sockets;
using System.Text;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>Long values that pass whole go through a pipe; whoever fails on either side meanwhile, nobody gets a byte that is not theirs.</summary>
public class PipedValueTests
{
    private const int Bytes = 200_000;

    [Fact]
    public async Task Values_of_every_length_arrive_in_order_from_two_servers()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync([a.Address, b.Address]);
        using var client = new TextClient(proxy);
        int[] lengths = [1, 500, 32_000, 33_000, 34_000, 65_535, 66_000, 100 << 10, 300_001, 700_000, 1_000_000];
        foreach (int length in lengths)
        {
            (await client.SetPatternAsync($"k{length}", length)).ShouldBe("STORED");
        }

        for (int round = 0; round < 10; round++)
        {
            int[] asked = [.. lengths.Concat(lengths)];
            new Random(round).Shuffle(asked);
            await client.SendAsync(string.Concat(asked.Select((n, i) => i % 3 == 0 ? $"get none k{n}\r\n" : $"get k{n}\r\n")));
            foreach (int length in asked)
            {
                await client.ReadPatternAsync($"k{length}", length);
            }
        }

        Piped(proxy).ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_value_in_so_many_pieces_that_the_pipe_is_full_arrives()
    {
        const int Pieces = 400;
        using FakeNode node = Played(async (stream, key) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"VA {Bytes} k{key} f7\r\n"));
            for (int i = 0; i < Pieces; i++)
            {
                await stream.WriteAsync(Value(i * (Bytes / Pieces), Bytes / Pieces));
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            }

            await stream.WriteAsync("\r\n"u8.ToArray());
        });
        await using ProxyHost proxy = await StartAsync([node.Address]);
        using var client = new TextClient(proxy);
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync($"get key{i}\r\n");
            await client.ReadPatternAsync($"key{i}", Bytes, flags: 7);
        }

        Piped(proxy).ShouldBeGreaterThan(1);
        Spilled(proxy).ShouldBe(Piped(proxy));
    }

    [Fact]
    public async Task A_value_that_comes_later_than_its_first_line_is_not_taken_for_a_full_pipe()
    {
        using FakeNode node = Played(async (stream, key) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"VA {Bytes} k{key} f0\r\n"));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            await stream.WriteAsync(Value(0, Bytes));
            await stream.WriteAsync("\r\n"u8.ToArray());
        });
        await using ProxyHost proxy = await StartAsync([node.Address]);
        using var client = new TextClient(proxy);
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync($"get key{i}\r\n");
            await client.ReadPatternAsync($"key{i}", Bytes);
        }

        Piped(proxy).ShouldBe(3);
        Spilled(proxy).ShouldBe(0);
    }

    [Theory]
    [InlineData("xx")]
    [InlineData("\rx")]
    [InlineData("")]
    public async Task A_value_that_ends_wrong_is_an_error_and_the_next_get_is_served(string ending)
    {
        int asked = 0;
        using FakeNode node = Played(async (stream, key) =>
        {
            bool good = Interlocked.Increment(ref asked) != 2;
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"VA {Bytes} k{key} f0\r\n"));
            await stream.WriteAsync(Value(0, Bytes));
            await stream.WriteAsync(Encoding.Latin1.GetBytes(good ? "\r\n" : ending));
            if (!good && ending.Length == 0)
            {
                stream.Close();
            }
        });
        await using ProxyHost proxy = await StartAsync([node.Address]);
        using var client = new TextClient(proxy);
        await client.GetPatternAsync("key", Bytes);
        (await client.AskAsync("get key"))!.ShouldStartWith("SERVER_ERROR ");
        await Until.TrueAsync(
            async () =>
            {
                if (await client.AskAsync("get key") != $"VALUE key 0 {Bytes}")
                {
                    return false;
                }

                await client.EndPatternAsync(Bytes);
                return true;
            },
            "the node's new connection serves");
        Piped(proxy).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_client_that_goes_in_the_middle_of_its_value_leaves_the_connection_to_the_others()
    {
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using FakeNode node = Played(async (stream, key) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"VA {Bytes} k{key} f0\r\n"));
            await stream.WriteAsync(Value(0, Bytes / 2));
            if (key != "warm")
            {
                half.TrySetResult();
                await gone.Task;
            }

            await stream.WriteAsync(Value(Bytes / 2, Bytes / 2));
            await stream.WriteAsync("\r\n"u8.ToArray());
        });
        await using ProxyHost proxy = await StartAsync([node.Address]);
        using var other = new TextClient(proxy);
        await other.GetPatternAsync("warm", Bytes);
        using (var first = new TextClient(proxy))
        {
            // It resets its connection: one that only ends it still waits for its replies.
            first.Socket.LingerState = new LingerOption(true, 0);
            await first.SendAsync("get first\r\n");
            await half.Task;
            await other.SendAsync("get other\r\n");
        }

        await Until.TrueAsync(() => proxy.Engine.Connections == 1, "the proxy has seen the client go");
        gone.SetResult();
        await other.ReadPatternAsync("other", Bytes);
        Piped(proxy).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Clients_that_read_late_get_all_of_it_and_hold_up_nobody()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await StartAsync([server.Address]);
        using var good = new TextClient(proxy);
        (await good.SetPatternAsync("big", Bytes)).ShouldBe("STORED");
        TextClient[] late = [.. Enumerable.Range(0, 5).Select(_ => new TextClient(proxy))];
        foreach (TextClient client in late)
        {
            await client.SendAsync(string.Concat(Enumerable.Repeat("get big\r\n", 60)));
        }

        for (int i = 0; i < 50; i++)
        {
            await good.GetPatternAsync("big", Bytes);
        }

        foreach (TextClient client in late)
        {
            for (int i = 0; i < 60; i++)
            {
                await client.ReadPatternAsync("big", Bytes);
            }

            client.Dispose();
        }

        Piped(proxy).ShouldBeGreaterThan(200);
    }

    private static Task<ProxyHost> StartAsync(string[] servers) =>
        TestProxy.StartAsync(TestProxy.Options(servers) with { Loops = 1 });

    private static long Spilled(ProxyHost proxy) => proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.ValuesSpilled));

    private static long Piped(ProxyHost proxy) => proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.ValuesPiped));

    private static byte[] Value(int from, int count)
    {
        byte[] value = new byte[count];
        Pattern.Fill(value, from);
        return value;
    }

    /// <summary>A node whose answer to each mg is played by the test; it answers one request after the other.</summary>
    private static FakeNode Played(Func<Stream, string, Task> answer) => new(async (stream, line) =>
    {
        string[] words = line.Split(' ');
        await (words[0] == "mg" ? answer(stream, words[1]) : stream.WriteAsync("VERSION 1.6.18\r\n"u8.ToArray()).AsTask());
        return true;
    });
}
