using Fleet.Controller.Audit;
using Fleet.Controller.Cluster;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>A pool grain on fakes: manual clock, file store in a temporary folder, one agent and one proxy in memory.</summary>
internal sealed class GrainBench : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GrainBench()
    {
        Store = new FileStore(_folder.Path);
        Proxies = new ProxySet(Store, Proxy, new ProxyHostContext(7, Time, NullLogger.Instance));
        Audit = new DecisionLog(_folder.File("audit"), NullLogger.Instance);
    }

    public ManualTimeProvider Time { get; } = new();

    public FileStore Store { get; }

    public FakeAgent Agent { get; } = new();

    /// <summary>How agents are reached; null: <see cref="Agent"/>.</summary>
    public IAgentPort? Agents { get; init; }

    public FakeProxy Proxy { get; } = new();

    public ProxySet Proxies { get; }

    public DecisionLog Audit { get; }

    /// <summary>Whether the proxies' send delay is a knob of the nodes.</summary>
    public bool DelaysSends { get; init; }

    public FakeControl Control { get; private set; } = null!;

    public static PoolDocument Document(params NodeDocument[] nodes) =>
        new("web", "127.0.0.1:11211", 99, 500, ControlMode.Active, "ketama", "least-watts", 1, [.. nodes]);

    public static NodeDocument Node(string id, bool agent = true) =>
        new(id, $"127.0.0.1:{id.GetHashCode(StringComparison.Ordinal) & 0x7fff}", agent ? "unix:/agent" : null, 100, false);

    /// <summary>Creates the pool when a document is given, or goes on with the stored one; dispose it to stop the controller.</summary>
    public async Task<GrainBenchPool> ActivateAsync(PoolDocument? create)
    {
        var host = new GrainHost(
            Store, Agents ?? Agent, Proxies, Audit, (_, saved) => Control = new FakeControl(saved), Time, NullLogger.Instance, DelaysSends);
        var directory = new PoolDirectory(host);
        var owner = new SoleOwner(directory, host, 7);
        directory.Ownership = owner;
        if (create is null)
        {
            (await owner.StartAsync(default)).ShouldBeEmpty();
        }
        else
        {
            await directory.CreateAsync(create, default);
        }

        return new GrainBenchPool(directory, directory.Get("web"));
    }

    /// <summary>Advances the clock by one period until the condition holds.</summary>
    public Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            Time.Advance(PoolGrain.Period);
            return condition();
        },
        what);

    public async ValueTask DisposeAsync()
    {
        await Proxies.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>One pool of a bench's controller.</summary>
internal sealed record GrainBenchPool(PoolDirectory Directory, PoolRef Ref) : IAsyncDisposable
{
    public PoolPicture Picture => Ref.Picture;

    public ValueTask DisposeAsync() => Directory.DisposeAsync();
}
