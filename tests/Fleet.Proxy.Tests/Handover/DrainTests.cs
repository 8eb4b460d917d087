using System.Net.Sockets;
using System.Text;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Handover;

public class DrainTests
{
    [Fact]
    public async Task Everything_that_arrived_is_answered_before_the_end()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        ProxyHost host = await TestProxy.StartAsync(TestProxy.Options([server.Address]));
        using var client = new TcpClient("127.0.0.1", host.Listening["default"].Port);
        NetworkStream stream = client.GetStream();
        const int Requests = 20_000;
        CancellationToken stop = TestContext.Current.CancellationToken;
        await stream.WriteAsync(Encoding.ASCII.GetBytes("set n 0 0 1\r\n0\r\n"), stop);
        var reader = new StreamReader(stream);
        (await reader.ReadLineAsync(stop)).ShouldBe("STORED");
        Task sending = stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("incr n 1\r\n", Requests))), stop).AsTask();
        (await reader.ReadLineAsync(stop)).ShouldBe("1");
        Task ending = host.DisposeAsync().AsTask();
        long answered = 1;
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            line.ShouldBe($"{++answered}");
        }

        client.Close();
        await ending.WaitAsync(TimeSpan.FromSeconds(30), stop);
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);
        using var direct = new TcpClient("127.0.0.1", int.Parse(server.Address.Split(':')[1]));
        await direct.GetStream().WriteAsync(Encoding.ASCII.GetBytes("get n\r\n"), stop);
        var lines = new StreamReader(direct.GetStream());
        _ = await lines.ReadLineAsync(stop);
        (await lines.ReadLineAsync(stop))!.Trim().ShouldBe($"{answered}", "what was not answered was not carried out");
    }

    [Fact]
    public async Task An_idle_client_does_not_hold_up_the_end()
    {
        ProxyHost host = await TestProxy.StartAsync(TestProxy.Options(["127.0.0.1:1"]) with { StopTimeout = TimeSpan.FromMinutes(5) });
        using var client = new TcpClient("127.0.0.1", host.Listening["default"].Port);
        await client.GetStream().WriteAsync("version\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await new StreamReader(client.GetStream()).ReadLineAsync(TestContext.Current.CancellationToken);
        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
