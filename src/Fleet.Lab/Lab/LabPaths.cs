namespace Fleet.Lab.Lab;

/// <summary>Files of the lab's state directory.</summary>
internal sealed record LabPaths(string StateDirectory)
{
    internal string Lock => Path.Combine(StateDirectory, "lock");

    internal string Folder(int index) => Path.Combine(StateDirectory, LabNames.Id(index));

    internal string MemcachedLog(int index) => Path.Combine(Folder(index), "memcached.log");

    internal string AgentLog(int index) => Path.Combine(Folder(index), "agent.log");

    internal string AgentSocket(int index) => Path.Combine(Folder(index), "agent.sock");

    internal string AgentJournal(int index) => Path.Combine(Folder(index), "agent.journal");

    internal string BusyPollControl(int index) => Path.Combine(Folder(index), "busypoll");
}
