using System.Net;

namespace Fleet.Lab.Lab;

/// <summary>
/// Brings up, changes, describes and removes the lab: one network namespace, veth pair, memcached and agent per server, with real NAPI
/// knobs. One lab per machine; every method may be called from another process than the one that brought the lab up.
/// </summary>
/// <param name="options">How many servers, where the state is.</param>
/// <param name="time">Clock for waiting.</param>
public sealed class LabEnvironment(LabOptions options, TimeProvider time)
{
    private readonly LabPaths _paths = new(options.StateDirectory);
    private readonly ServerStarter _starter = new(options, time);
    private readonly ProcessReaper _reaper = new(time);

    /// <summary>
    /// Brings the lab up as the options say. A running server is kept, a broken one is built anew, leftovers of a run that died and
    /// servers beyond the wanted number are removed first. On failure nothing is left.
    /// </summary>
    /// <exception cref="Hosting.Errors.StartupException">Options are illegal or the machine cannot host the lab.</exception>
    /// <exception cref="LabException">A step failed.</exception>
    public async Task<LabStatus> UpAsync(CancellationToken ct = default)
    {
        Hosting.Errors.StartupException.ThrowIfAny([.. options.Validate(), .. await LabPreflight.CheckAsync(options, ct)]);
        using LabLock held = await LabLock.TakeAsync(_paths, time, ct);
        try
        {
            LabManifest manifest = LabManifest.Read(options.StateDirectory) ?? new LabManifest();
            foreach (int index in LabLeftovers.Servers().Union(manifest.Servers).Order().ToList())
            {
                if (index > options.Servers || !await CompleteAsync(index, ct))
                {
                    manifest = await RemoveAsync(index, manifest, ct);
                }
            }

            manifest = await PrepareCallerAsync(manifest, ct);
            for (int index = 1; index <= options.Servers; index++)
            {
                manifest = manifest.Servers.Contains(index) ? manifest : await CreateAsync(index, manifest, ct);
            }
        }
        catch
        {
            await RemoveAllAsync(CancellationToken.None);
            throw;
        }

        return await StatusAsync(ct);
    }

    /// <summary>Removes everything that the lab made, also when the run that made it died at any moment or its manifest is lost.</summary>
    public async Task DownAsync(CancellationToken ct = default)
    {
        if (!Directory.Exists(options.StateDirectory) && LabLeftovers.Servers().Count == 0 && LabLeftovers.Namespaces().Count == 0
            && !await GuardRoute.ExistsAsync(ct))
        {
            return;
        }

        using LabLock held = await LabLock.TakeAsync(_paths, time, ct);
        await RemoveAllAsync(ct);
    }

    /// <summary>The lab as it is now; no servers when there is none.</summary>
    public async Task<LabStatus> StatusAsync(CancellationToken ct = default)
    {
        var servers = new List<LabServer>();
        foreach (int index in LabLeftovers.Servers())
        {
            servers.Add(await DescribeAsync(index, ct));
        }

        return new LabStatus(options.StateDirectory, servers);
    }

    /// <summary>Adds one server to a lab that is up, while the others run.</summary>
    /// <param name="index">1 to 254; must not exist.</param>
    /// <param name="ct">Ends the attempt; nothing half-made is left.</param>
    public async Task<LabServer> AddServerAsync(int index, CancellationToken ct = default)
    {
        if (index is < 1 or > 254)
        {
            throw new LabException($"server index {index} out of range; legal: 1 to 254");
        }

        using LabLock held = await LabLock.TakeAsync(_paths, time, ct);
        LabManifest manifest = LabManifest.Read(options.StateDirectory)
            ?? throw new LabException($"there is no lab in {options.StateDirectory}; bring it up first: fleet lab up");
        if (manifest.Servers.Contains(index) || LabLeftovers.Servers().Contains(index))
        {
            throw new LabException($"server {LabNames.Id(index)} exists already");
        }

        try
        {
            await CreateAsync(index, manifest, ct);
        }
        catch
        {
            await RemoveAsync(index, LabManifest.Read(options.StateDirectory) ?? manifest, CancellationToken.None);
            throw;
        }

        return await DescribeAsync(index, ct);
    }

    /// <summary>Removes one server, its processes and its network, while the others run. Nothing happens when it does not exist.</summary>
    public async Task RemoveServerAsync(int index, CancellationToken ct = default)
    {
        using LabLock held = await LabLock.TakeAsync(_paths, time, ct);
        await RemoveAsync(index, LabManifest.Read(options.StateDirectory) ?? new LabManifest(), ct);
    }

    /// <summary>
    /// Enters a process that belongs to the lab's run (a proxy, a controller), so that <see cref="DownAsync"/> ends it too.
    /// </summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="pid">A running process.</param>
    /// <param name="ct">Ends the wait for the lab's lock.</param>
    public async Task TrackProcessAsync(string name, int pid, CancellationToken ct = default)
    {
        ProcessIdentity process = ProcessIdentity.Of(pid) ?? throw new LabException($"{name}: process {pid} does not run");
        using LabLock held = await LabLock.TakeAsync(_paths, time, ct);
        LabManifest manifest = LabManifest.Read(options.StateDirectory) ?? new LabManifest();
        (manifest with { Processes = [.. manifest.Processes, new LabProcess(name, process)] }).Write(options.StateDirectory);
    }

    private async Task<LabManifest> PrepareCallerAsync(LabManifest manifest, CancellationToken ct)
    {
        if (manifest.OriginalSettings.Count == 0)
        {
            manifest = manifest with { OriginalSettings = SenderSettings.Read() };
        }

        manifest.Write(options.StateDirectory);
        SenderSettings.Apply();
        await GuardRoute.AddAsync(ct);
        return manifest;
    }

    private async Task<LabManifest> CreateAsync(int index, LabManifest manifest, CancellationToken ct)
    {
        manifest = manifest with { Servers = [.. manifest.Servers, index] };
        manifest.Write(options.StateDirectory);
        Directory.CreateDirectory(_paths.Folder(index));
        await ServerPlant.CreateAsync(index, options.ServerCore, ct);

        ProcessIdentity memcached = await _starter.StartMemcachedAsync(index, ct);
        manifest = Record(manifest, new LabProcess(LabNames.Id(index) + "/memcached", memcached));
        ProcessIdentity? agent = await _starter.StartAgentAsync(index, memcached.Pid, ct);
        return agent is { } a ? Record(manifest, new LabProcess(LabNames.Id(index) + "/agent", a)) : manifest;
    }

    private LabManifest Record(LabManifest manifest, LabProcess process)
    {
        manifest = manifest with { Processes = [.. manifest.Processes, process] };
        manifest.Write(options.StateDirectory);
        return manifest;
    }

    private async Task<LabManifest> RemoveAsync(int index, LabManifest manifest, CancellationToken ct)
    {
        if (LabLeftovers.Namespaces().Contains(LabNames.Namespace(index)))
        {
            await _reaper.EndNamespaceAsync(LabNames.Namespace(index), ct);
        }

        string prefix = LabNames.Id(index) + "/";
        await _reaper.EndAsync(manifest.Processes.Where(p => p.Name.StartsWith(prefix, StringComparison.Ordinal)), ct);
        await ServerPlant.RemoveAsync(index, ct);
        if (Directory.Exists(_paths.Folder(index)))
        {
            Directory.Delete(_paths.Folder(index), recursive: true);
        }

        manifest = manifest with
        {
            Servers = [.. manifest.Servers.Where(s => s != index)],
            Processes = [.. manifest.Processes.Where(p => !p.Name.StartsWith(prefix, StringComparison.Ordinal))],
        };
        manifest.Write(options.StateDirectory);
        return manifest;
    }

    private async Task RemoveAllAsync(CancellationToken ct)
    {
        bool lost = LabLeftovers.Servers().Count > 0;
        LabManifest manifest = LabManifest.Read(options.StateDirectory)
            ?? (lost ? new LabManifest { OriginalSettings = SenderSettings.KernelDefaults } : new LabManifest());

        // Tracked processes (proxy, controller) first: they talk to the servers.
        await _reaper.EndAsync(manifest.Processes.Where(p => !p.Name.Contains('/', StringComparison.Ordinal)), ct);
        foreach (int index in LabLeftovers.Servers().Union(manifest.Servers).Order().ToList())
        {
            manifest = await RemoveAsync(index, manifest, ct);
        }

        foreach (string space in LabLeftovers.Namespaces())
        {
            await _reaper.EndNamespaceAsync(space, ct);
            await Commands.HostCommand.RunAsync($"ip netns del {space}", ct);
        }

        await GuardRoute.RemoveAsync(ct);
        SenderSettings.Restore(manifest.OriginalSettings);
        Directory.Delete(options.StateDirectory, recursive: true);
    }

    private async Task<bool> CompleteAsync(int index, CancellationToken ct)
    {
        if (!ServerPlant.Complete(index))
        {
            return false;
        }

        LabServer server = await DescribeAsync(index, ct);
        return server.MemcachedPid is not null && (options.FleetCommand.Count == 0 || server.AgentPid is not null);
    }

    private Task<LabServer> DescribeAsync(int index, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        LabManifest manifest = LabManifest.Read(options.StateDirectory) ?? new LabManifest();
        int? Pid(string role) => manifest.Processes.Where(p => p.Name == $"{LabNames.Id(index)}/{role}" && p.Identity.Alive)
            .Select(p => (int?)p.Identity.Pid).LastOrDefault();
        return Task.FromResult(new LabServer(
            index,
            LabNames.Id(index),
            LabNames.Namespace(index),
            new IPEndPoint(LabNames.ServerAddress(index), LabNames.MemcachedPort),
            Pid("memcached"),
            "unix:" + _paths.AgentSocket(index),
            Pid("agent"),
            NapiThreads.Find(index),
            _paths.AgentJournal(index),
            _paths.BusyPollControl(index)));
    }
}
