using Fleet.Controller.Grains;
using Fleet.Controller.Tests.Fakes;
using Fleet.Core.Control;
using Fleet.Grpc.Client;
using Fleet.Testing;
using Fleet.V1;

namespace Fleet.Controller.Tests.Cluster;

/// <summary>Whole controllers on the private PostgreSQL, each with a client; what their deciders did is written down in one order.</summary>
internal sealed class ClusterHost(PostgresFixture postgres) : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Member> _members = [];
    private readonly Lock _gate = new();
    private readonly List<(string Pool, ulong Epoch)> _steps = [];

    /// <summary>Every step of every decider: pool and epoch, in the order in which they happened.</summary>
    public IReadOnlyList<(string Pool, ulong Epoch)> Steps
    {
        get
        {
            lock (_gate)
            {
                return [.. _steps];
            }
        }
    }

    /// <summary>The clients, in the order of the controllers' start.</summary>
    public AdminService.AdminServiceClient Admin(int member) => _members[member].Admin;

    /// <summary>Starts one more controller and waits until it answers.</summary>
    public async Task JoinAsync()
    {
        var ready = new TaskCompletionSource<string>();
        var stop = new CancellationTokenSource();
        var options = new ControllerOptions
        {
            Listen = "127.0.0.1:0",
            Store = "postgres",
            Postgres = postgres.Server.Controller,
            PostgresOwner = postgres.Server.Owner,
            DataDirectory = _folder.Path,
        };
        var ports = new ControllerPorts { Around = Watched, Agents = new FakeAgent(), Proxies = new FakeProxy() };
        Task run = ControllerHost.RunAsync(options, ports, TimeProvider.System, ready.SetResult, stop.Token);
        await (await Task.WhenAny(ready.Task, run));
        FleetChannel channel = FleetChannel.ForAddress(await ready.Task);
        _members.Add(new Member(stop, run, channel, new AdminService.AdminServiceClient(channel)));
    }

    /// <summary>Ends a controller as SIGTERM does, and returns when it is gone.</summary>
    public async Task LeaveAsync(int member)
    {
        await _members[member].Stop.CancelAsync();
        await _members[member].Run;
    }

    /// <summary>Completes when a controller ended by itself; fails with its reason.</summary>
    public Task EndOf(int member) => _members[member].Run;

    public async ValueTask DisposeAsync()
    {
        foreach (Member member in _members)
        {
            await member.Stop.CancelAsync();
            await member.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            member.Channel.Dispose();
            member.Stop.Dispose();
        }

        _folder.Dispose();
    }

    private PoolControlFactory Watched(PoolControlFactory inner) => (lease, saved) => new WatchedControl(inner(lease, saved), () =>
    {
        lock (_gate)
        {
            if (_steps.Count == 0 || _steps[^1] != (lease.PoolId, lease.Epoch))
            {
                _steps.Add((lease.PoolId, lease.Epoch));
            }
        }
    });

    private sealed record Member(CancellationTokenSource Stop, Task Run, FleetChannel Channel, AdminService.AdminServiceClient Admin);

    private sealed class WatchedControl(IPoolControl inner, Action stepped) : IPoolControl, IPoolAdvisor
    {
        public PoolView View => inner.View;

        public IReadOnlyList<PoolCommand> Step(DateTimeOffset now, IReadOnlyList<PoolEvent> events)
        {
            stepped();
            return inner.Step(now, events);
        }

        public PoolSnapshot Save() => inner.Save();

        public NodeExplanation? Explain(string nodeId, int limit) => ((IPoolAdvisor)inner).Explain(nodeId, limit);

        public PoolPlan? Plan(PlanQuery query) => ((IPoolAdvisor)inner).Plan(query);
    }
}
