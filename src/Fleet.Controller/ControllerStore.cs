using Fleet.Controller.Audit;
using Fleet.Controller.Cluster;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Fleet.Hosting.Errors;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fleet.Controller;

/// <summary>Where one controller's documents and decisions lie, and with it whether it is alone or one of many.</summary>
internal abstract class ControllerStore : IAsyncDisposable
{
    /// <summary>The documents.</summary>
    public abstract IDocumentStore Documents { get; }

    /// <summary>The decisions.</summary>
    public abstract IDecisionLog Decisions { get; }

    /// <summary>What operators asked.</summary>
    public abstract IOperationLog Operations { get; }

    /// <summary>Epoch of the only controller; 0 where every lease has its own.</summary>
    public abstract ulong Epoch { get; }

    /// <summary>For people, without secrets.</summary>
    public abstract string Place { get; }

    /// <summary>Opens the store that the options name.</summary>
    /// <exception cref="StartupException">It cannot be used.</exception>
    public static async Task<ControllerStore> OpenAsync(ControllerOptions options, TimeProvider time, ILogger logger, CancellationToken ct) =>
        options.Store == ControllerOptions.PostgresStoreName
            ? await InPostgres.ConnectAsync(options, time, logger, ct).ConfigureAwait(false)
            : await InFiles.TakeAsync(options, logger, ct).ConfigureAwait(false);

    /// <summary>Begins to own pools.</summary>
    /// <exception cref="StartupException">The stored pools cannot be used, or the store does not answer.</exception>
    public abstract Task<IPoolOwnership> JoinAsync(
        PoolDirectory pools, ProxySet proxies, GrainHost host, string address, CancellationToken ct);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private sealed class InFiles(string directory, DataDirectoryLock held, FileStore store, ulong epoch, ILogger logger) : ControllerStore
    {
        public override IDocumentStore Documents => store;

        public override IDecisionLog Decisions { get; } = new DecisionLog(Path.Combine(directory, "audit"), logger);

        public override IOperationLog Operations { get; } = new OperationLog(Path.Combine(directory, "operations"), logger);

        public override ulong Epoch => epoch;

        public override string Place => $"{directory}, epoch {epoch}";

        public static async Task<InFiles> TakeAsync(ControllerOptions options, ILogger logger, CancellationToken ct)
        {
            DataDirectoryLock held = DataDirectoryLock.Take(options.DataDirectory);
            var store = new FileStore(options.DataDirectory);
            var state = new PersistentState<EpochDocument>(store, new DocumentKey(DocumentKinds.Controller, "epoch"));
            try
            {
                await state.ReadAsync(ct).ConfigureAwait(false);
                await state.WriteAsync(new EpochDocument((state.Value?.Epoch ?? 0) + 1), ct).ConfigureAwait(false);
                return new InFiles(options.DataDirectory, held, store, state.Value!.Epoch, logger);
            }
            catch (Exception failure) when (failure is DocumentException or IOException or UnauthorizedAccessException)
            {
                held.Dispose();
                throw new StartupException(failure.Message, failure);
            }
        }

        public override async Task<IPoolOwnership> JoinAsync(
            PoolDirectory pools, ProxySet proxies, GrainHost host, string address, CancellationToken ct)
        {
            var owner = new SoleOwner(pools, host, epoch);
            pools.Ownership = owner;
            StartupException.ThrowIfAny(await owner.StartAsync(ct).ConfigureAwait(false));
            return owner;
        }

        public override ValueTask DisposeAsync()
        {
            held.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class InPostgres(
        NpgsqlDataSource source, PostgresDecisionLog decisions, PostgresAddress address, TimeProvider time, ILogger logger) : ControllerStore
    {
        public override IDocumentStore Documents { get; } = new PostgresStore(source);

        public override IDecisionLog Decisions => decisions;

        public override IOperationLog Operations { get; } = new PostgresOperationLog(source, time, logger);

        public override ulong Epoch => 0;

        public override string Place => $"postgres {address}";

        public static async Task<InPostgres> ConnectAsync(ControllerOptions options, TimeProvider time, ILogger logger, CancellationToken ct)
        {
            PostgresAddress address = PostgresAddress.TryParse(options.Postgres!, out _)!;
            PostgresAddress owner = PostgresAddress.TryParse(options.PostgresOwner ?? options.Postgres!, out _)!;
            await using (NpgsqlDataSource migrating = owner.OpenToMigrate())
            {
                await PostgresSchema.EnsureAsync(migrating, owner.ToString(), ct).ConfigureAwait(false);
            }

            NpgsqlDataSource source = address.Open();
            try
            {
                // The controller's own role must see the schema too.
                await PostgresSchema.EnsureAsync(source, address.ToString(), ct).ConfigureAwait(false);
                return new InPostgres(source, new PostgresDecisionLog(source, logger), address, time, logger);
            }
            catch
            {
                await source.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        public override async Task<IPoolOwnership> JoinAsync(
            PoolDirectory pools, ProxySet proxies, GrainHost host, string listening, CancellationToken ct)
        {
            try
            {
                var table = new LeaseTable(source);
                string id = await table.NewIdAsync(Environment.MachineName, ct).ConfigureAwait(false);
                var member = new ClusterMember(table, pools, proxies, host, new MemberSelf(id, listening, false));
                pools.Ownership = member;
                await member.StartAsync(new PostgresListener(source, time), ct).ConfigureAwait(false);
                return member;
            }
            catch (StoreUnavailableException failure)
            {
                throw new StartupException(failure.Message, failure);
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await decisions.DisposeAsync().ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }
}
