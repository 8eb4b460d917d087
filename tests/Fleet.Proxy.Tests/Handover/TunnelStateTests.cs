using Fleet.Proxy.Handover;

namespace Fleet.Proxy.Tests.Handover;

public class TunnelStateTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tunnel_arrives_as_it_left(bool answered)
    {
        (HandoverChannel mine, int theirs) = HandoverChannel.CreatePair();
        using HandoverChannel here = mine;
        using var there = new HandoverChannel(theirs);
        var state = new TunnelState("Pööl", answered ? "n1" : "", answered ? "127.0.0.1:1" : "")
        {
            Client = new TunnelSide(theirs, EndOfInput: true, EndOfOutput: false, [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)]),
            Server = answered ? new TunnelSide(theirs, EndOfInput: false, EndOfOutput: true, [1, 2, 3]) : TunnelSide.None,
        };
        Task sending = Task.Run(() => state.SendOn(here), TestContext.Current.CancellationToken);
        int server = -1;
        HandoverMessage message = there.Receive(30_000);
        if (answered)
        {
            message.Kind.ShouldBe(HandoverKind.TunnelServer);
            server = message.Descriptor;
            server.ShouldBeGreaterThan(2);
            message = there.Receive(30_000);
        }

        await sending;
        message.Kind.ShouldBe(HandoverKind.Tunnel);
        message.Descriptor.ShouldBeGreaterThan(2);
        var arrived = TunnelState.Parse(message, server);
        (arrived.PoolId, arrived.NodeId, arrived.Address).ShouldBe((state.PoolId, state.NodeId, state.Address));
        arrived.Client.Output.ShouldBe(state.Client.Output);
        arrived.Server.Output.ShouldBe(state.Server.Output);
        (arrived.Client with { Output = state.Client.Output, Descriptor = theirs }).ShouldBe(state.Client);
        arrived.Server.Descriptor.ShouldBe(server);
        (arrived.Server.EndOfInput, arrived.Server.EndOfOutput).ShouldBe((state.Server.EndOfInput, state.Server.EndOfOutput));
        arrived.Close();
    }
}
