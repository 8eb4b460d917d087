using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;
using Fleet.Proxy.Tests.Transfers;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>
/// Hostile clients beside a good one, in plain text and over TLS: none may crash, hang or grow the proxy, and the good one gets its own
/// replies only. A run is lengthened by FLEET_FUZZ_SECONDS, repeated by FLEET_FUZZ_SEED and reported as JSON to FLEET_FUZZ_REPORT.
/// </summary>
[Collection(AloneCollection.Name)]
public class FuzzTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 8;
    private const int DefaultSeed = 20261121;
    private const int WarmUpInputs = 2_000;
    private const int TlsEvery = 8;
    private const int LongEvery = 16;
    private const int LongBytes = 150_000;
    private const long MaxGrowthBytes = 128 << 20;
    private static readonly TimeSpan EndOfReplies = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public async Task Hostile_bytes_harm_nobody()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using var certificates = new TestCertificates();
        ProxyOptions options = TestProxy.Options([a.Address, b.Address]);
        await using ProxyHost proxy = await TestProxy.StartAsync(options);
        await using ProxyHost encrypted = await TestProxy.StartAsync(options with { ClientTls = certificates.Server() });
        using var witness = new TextClient(proxy);
        int seconds = Setting("FLEET_FUZZ_SECONDS", DefaultSeconds);
        int seed = Setting("FLEET_FUZZ_SEED", DefaultSeed);
        long started = TimeProvider.System.GetTimestamp();
        long before = ResidentMemory.Mark();
        long bytes = 0;
        int rounds = 0;
        do
        {
            byte[] input = FuzzInput.Make(seed + rounds);
            bytes += input.Length;
            try
            {
                await HostileAsync(proxy, encrypted, input, seed + rounds, rounds % TlsEvery == 0);
                await WitnessIsServedAsync(witness, rounds);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"replay: FLEET_FUZZ_SEED={seed + rounds} FLEET_FUZZ_SECONDS=0 dotnet test tests/Fleet.Proxy.Tests --filter FuzzTests", e);
            }

            // What the first inputs grow once is no leak.
            before = ++rounds == WarmUpInputs ? ResidentMemory.Mark() : before;
        }
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds);

        await Until.TrueAsync(
            () => proxy.Engine.Connections == 1 && encrypted.Engine.Connections == 0, "every hostile connection is closed");
        long growth = ResidentMemory.Mark() - before;
        Report(seed, rounds, bytes, TimeProvider.System.GetElapsedTime(started).TotalSeconds, before, growth);
        growth.ShouldBeLessThan(MaxGrowthBytes);
    }

    private static async Task HostileAsync(ProxyHost proxy, ProxyHost encrypted, byte[] input, int seed, bool tls)
    {
        await ParserIsSteadyAsync(input, seed);
        await ProxyAnswersAsync(proxy, input, seed);
        if (tls)
        {
            await ProxyAnswersByTlsAsync(encrypted, input, seed);
        }
    }

    private void Report(int seed, int rounds, long bytes, double seconds, long before, long growth)
    {
        output.WriteLine($"{rounds} inputs, {bytes} bytes, seeds {seed} to {seed + rounds - 1}");
        output.WriteLine($"resident memory {before >> 10} KiB, grown by {growth >> 10} KiB");
        if (Environment.GetEnvironmentVariable("FLEET_FUZZ_REPORT") is { Length: > 0 } file)
        {
            var report = new
            {
                firstSeed = seed, inputs = rounds, overTls = (rounds + TlsEvery - 1) / TlsEvery, inputBytes = bytes, seconds,
                crashes = 0, hangs = 0, desynchronisedReplies = 0, connectionsLeft = 0,
                residentBytesAfterWarmUp = before, residentBytesGrown = growth,
            };
            File.WriteAllText(file, JsonSerializer.Serialize(report, Indented));
        }
    }

    /// <summary>The same over TLS, once in order and once cut off without a farewell.</summary>
    private static async Task ProxyAnswersByTlsAsync(ProxyHost proxy, byte[] input, int seed)
    {
        using TlsClient hostile = await TlsClient.ConnectAsync(proxy.Listening["default"].Port);
        try
        {
            foreach (byte[] piece in Cuts(input, seed))
            {
                await hostile.SendAsync(Encoding.Latin1.GetString(piece));
            }

            if (seed % 2 == 0)
            {
                return;
            }

            await hostile.Stream.ShutdownAsync();
        }
        catch (IOException)
        {
            // The proxy closed before everything was sent, as it may.
        }

        await hostile.AllAsync().WaitAsync(EndOfReplies, TimeProvider.System, TestContext.Current.CancellationToken);
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
        if (round % LongEvery == 0)
        {
            // A hostile flush_all may have taken it; what comes is checked byte by byte.
            (await witness.SetPatternAsync("witness", LongBytes)).ShouldBe("STORED");
            string? line = await witness.AskAsync("get witness");
            if (line != "END")
            {
                line.ShouldBe($"VALUE witness 0 {LongBytes}");
                await witness.CheckPatternAsync(LongBytes);
                (await witness.BytesAsync(7)).ShouldBe("\r\nEND\r\n");
            }
        }
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
