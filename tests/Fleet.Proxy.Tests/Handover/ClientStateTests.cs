using Fleet.Proxy.Handover;

namespace Fleet.Proxy.Tests.Handover;

public class ClientStateTests
{
    [Theory]
    [InlineData(true, false, true, 0L, 0)]
    [InlineData(false, true, false, 1L << 40, 200_000)]
    public async Task A_client_arrives_as_it_left(bool authenticated, bool sawInput, bool binary, long swallow, int input)
    {
        byte[] bytes = [.. Enumerable.Range(0, input).Select(i => (byte)i)];
        var state = new ClientState("Pööl", authenticated, sawInput, binary, swallow, bytes, 7);
        (HandoverChannel mine, int theirs) = HandoverChannel.CreatePair();
        using HandoverChannel here = mine;
        using var there = new HandoverChannel(theirs);
        Task sending = Task.Run(() => here.Send(HandoverKind.Client, state.ToPayload(), theirs), TestContext.Current.CancellationToken);
        HandoverMessage message = there.Receive(30_000);
        await sending;
        message.Kind.ShouldBe(HandoverKind.Client);
        message.Descriptor.ShouldBeGreaterThan(2);
        message.Descriptor.ShouldNotBe(theirs, "it is a copy");
        ClientState arrived = ClientState.Parse(message);
        arrived.Input.ShouldBe(bytes);
        (arrived with { Input = bytes, Descriptor = 7 }).ShouldBe(state);
        new HandoverChannel(message.Descriptor).Dispose();
    }

    [Fact]
    public void An_end_that_is_gone_is_told()
    {
        (HandoverChannel mine, int theirs) = HandoverChannel.CreatePair();
        new HandoverChannel(theirs).Dispose();
        mine.Receive(30_000).Kind.ShouldBe(HandoverKind.None);
        Should.Throw<IOException>(() => mine.Send(HandoverKind.Hello, []));
        mine.Dispose();
    }
}
