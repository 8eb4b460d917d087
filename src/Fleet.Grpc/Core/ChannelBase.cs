namespace Grpc.Core;

/// <summary>A connection to a server, shared by clients.</summary>
public abstract class ChannelBase
{
    /// <summary>A channel to a target.</summary>
    /// <param name="target">What the channel was made for, for people.</param>
    protected ChannelBase(string target) => Target = target ?? throw new ArgumentNullException(nameof(target));

    /// <summary>What the channel was made for, for people.</summary>
    public string Target { get; }

    /// <summary>An invoker that starts calls on this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Ends the channel and its calls.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Ends the channel and its calls.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
