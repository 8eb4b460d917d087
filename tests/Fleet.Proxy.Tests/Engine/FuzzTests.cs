using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>
/// Hostile clients beside a good one: none may crash, hang or grow the proxy, and the good one gets its own replies only. A run is
/// lengthened by FLEET_FUZZ_SECONDS and repeated by FLEET_FUZZ_SEED.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 8;
    private const int DefaultSeed = 20261121;
    private const long MaxGrowthBytes = 256 << 20;
    private static readonly TimeSpan EndOfReplies = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Hostile_bytes_harm_nobody()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var witness = new TextClient(proxy);
        TimeSpan length = TimeSpan.FromSeconds(Setting("FLEET_FUZZ_SECONDS", DefaultSeconds));
        int seed = Setting("FLEET_FUZZ_SEED", DefaultSeed);
        long started = TimeProvider.System.GetTimestamp();
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        int rounds = 0;
        do
        {
            byte[] input = FuzzInput.Make(seed);
            try
            {
                await ParserIsSteadyAsync(input, seed);
                await ProxyAnswersAsync(proxy, input, seed);
                await WitnessIsServedAsync(witness, rounds);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"replay: FLEET_FUZZ_SEED={seed} FLEET_FUZZ_SECONDS=0 dotnet test tests/Fleet.Proxy.Tests --filter FuzzTests", e);
            }

            seed++;
            rounds++;
        }
        while (TimeProvider.System.GetElapsedTime(started) < length);

        await Until.TrueAsync(() => proxy.Engine.Connections == 1, "every hostile connection is closed");
        (GC.GetTotalMemory(forceFullCollection: true) - memory).ShouldBeLessThan(MaxGrowthBytes);
        output.WriteLine($"{rounds} inputs, seeds {seed - rounds} to {seed - 1}");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value
            : otherwise;

    /// <summary>The parsers make the same commands however the bytes are cut.</summary>
    private static Task ParserIsSteadyAsync(byte[] input, int seed)
    {
        var whole = new CommandFeed(1 << 20);
        whole.Feed(input);
        var cut = new CommandFeed(1 << 20);
        foreach (byte[] piece in Cuts(input, seed))
        {
            cut.Feed(piece);
        }

        cut.Commands.ShouldBe(whole.Commands);
        return Task.CompletedTask;
    }

    /// <summary>Whatever was sent, the proxy says all it has to say and closes.</summary>
    private static async Task ProxyAnswersAsync(ProxyHost proxy, byte[] input, int seed)
    {
        using var hostile = new TextClient(proxy);
        try
        {
            foreach (byte[] piece in Cuts(input, seed))
            {
                await hostile.SendAsync(Encoding.Latin1.GetString(piece));
            }

            hostile.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The proxy closed before everything was sent, as it may.
        }

        await hostile.RestAsync().WaitAsync(EndOfReplies, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>A good client gets the replies to its own questions. Hostile bytes may flush, so its values may be gone, never others'.</summary>
    private static async Task WitnessIsServedAsync(TextClient witness, int round)
    {
        string key = $"witness{round % 50}";
        (await witness.SetAsync(key, $"{key} has this value")).ShouldBe("STORED");
        (await witness.GetAsync(key)).ShouldBeOneOf($"{key} has this value", null);
        (await witness.AskAsync($"mg {key} k O{round}"))!.ShouldContain($"O{round}");
        (await witness.AskAsync("mn")).ShouldBe("MN");
    }

    private static IEnumerable<byte[]> Cuts(byte[] input, int seed)
    {
        var random = new Random(seed + 1);
        for (int at = 0; at < input.Length;)
        {
            int length = Math.Min(random.Next(1, random.Next(2) == 0 ? 8 : 400), input.Length - at);
            yield return input[at..(at + length)];
            at += length;
        }
    }
}
