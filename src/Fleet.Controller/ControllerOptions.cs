using System.Globalization;
using Fleet.Controller.Admin;
using Fleet.Controller.Dashboard;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage.Postgres;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Operations;
using Fleet.Hosting.Security;

namespace Fleet.Controller;

/// <summary>Options of the controller. Each has a default that serves a fleet of tens of nodes.</summary>
public sealed record ControllerOptions
{
    /// <summary>Where the admin API listens.</summary>
    /// <value>Default 127.0.0.1:7400; ADDRESS:PORT or unix:/PATH.</value>
    public string Listen { get; init; } = "127.0.0.1:7400";

    /// <summary>Where the other controllers reach the admin API: they pass questions on to a pool's owner.</summary>
    /// <value>Default: where it listens, with this host's name in the place of an address that means every one.</value>
    public string? Advertise { get; init; }

    /// <summary>Folder of the controller's documents: pools, what they learned, proxies, decisions. One controller at a time.</summary>
    /// <value>Default /var/lib/fleet; created when needed.</value>
    public string DataDirectory { get; init; } = "/var/lib/fleet";

    /// <summary>Where documents lie: "file" for one controller on <see cref="DataDirectory"/>, "postgres" for any number.</summary>
    /// <value>Default file.</value>
    public string Store { get; init; } = FileStoreName;

    /// <summary>The database of the store "postgres", as a connection string; never logged.</summary>
    /// <value>Default none.</value>
    public string? Postgres { get; init; }

    /// <summary>The same database as a role that may migrate its schema; used at start only, when the schema is older; never logged.</summary>
    /// <value>Default the role of <see cref="Postgres"/>.</value>
    public string? PostgresOwner { get; init; }

    /// <summary>Share of a pool's nodes that may explore at once; at least one node may.</summary>
    /// <value>Default 0.05; range 0.01 to 1. More is faster and puts more requests at risk.</value>
    public double MaxExploringShare { get; init; } = 0.05;

    /// <summary>Time after a membership change without exploring.</summary>
    /// <value>Default 300 s; range 0 to 24 h.</value>
    public TimeSpan MembershipHoldOff { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Time between a change of knobs and the measured window.</summary>
    /// <value>Default 500 ms; range 0 to 60 s.</value>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Shortest measured window. Longer is steadier, and the search slower.</summary>
    /// <value>Default 2 s; range 250 ms to 5 min.</value>
    public TimeSpan MeasureWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time after a settled search without another one, except for more load, the guard, the SLA or membership.</summary>
    /// <value>Default 300 s; range 0 to 24 h.</value>
    public TimeSpan SearchHoldOff { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Windows that one search may spend.</summary>
    /// <value>Default 15; range 1 to 1,000.</value>
    public int TrialBudget { get; init; } = 15;

    /// <summary>
    /// Share of the promise that a settled setting must stay below with 95 % confidence. Lower where the same setting's latency wanders
    /// from hour to hour, as on shared machines: the cheapest setting lies next to the promise, and there a little more breaks it.
    /// </summary>
    /// <value>Default 0.97; range 0.5 to 1.</value>
    public double SettleMargin { get; init; } = 0.97;

    /// <summary>
    /// Least standard error of a window's power, as a share: what differs from one window to the next that its readings do not show. Higher
    /// on shared machines, where a neighbour makes the same request dearer from minute to minute.
    /// </summary>
    /// <value>Default 0.012; range 0 to 0.2.</value>
    public double PowerNoise { get; init; } = 0.012;

    /// <summary>How often the planner of a pool that it balances looks whether another split of load is cheaper.</summary>
    /// <value>Default 10 s; range 250 ms to 1 h.</value>
    public TimeSpan PlanInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A node is parked only when every plan of this past agreed that it is not needed.</summary>
    /// <value>Default 5 min; range 0 to 24 h.</value>
    public TimeSpan TurnOffDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between two moves of load that nothing forces.</summary>
    /// <value>Default 30 s; range 1 s to 1 h.</value>
    public TimeSpan MoveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most load that a plan gives one node, whatever the model thinks of it: its link's or a licence's limit.</summary>
    /// <value>Default none; range 1 to 1e9 requests per second. A promise that is broken wakes every node all the same.</value>
    public double MostNodeQps { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Between an agent's readings. Longer costs the controller and the agents less, and the search sees power later; a fleet of thousands
    /// of nodes gives the proxies' telemetry interval the same length.
    /// </summary>
    /// <value>Default 250 ms; range 50 ms to 10 s.</value>
    public TimeSpan ReadingInterval { get; init; } = LinkTimings.Reading;

    /// <summary>Where /metrics, /healthz and /readyz answer. Default: nowhere; the command line gives 127.0.0.1:7481.</summary>
    public OperationsOptions Operations { get; init; } = OperationsOptions.Off;

    /// <summary>Certificate of the controller, for its admin API and towards agents and proxies.</summary>
    /// <value>Default none: plain text, on this host only.</value>
    public TlsFiles? Tls { get; init; }

    /// <summary>
    /// Whether the proxies' send delay is a knob of every node: requests are gathered in front of a server, which wakes less often.
    /// </summary>
    /// <value>Default true.</value>
    public bool SendDelays { get; init; } = true;

    /// <summary>The store of one controller.</summary>
    internal const string FileStoreName = "file";

    /// <summary>The store of any number of controllers.</summary>
    internal const string PostgresStoreName = "postgres";

    /// <summary>For people, without secrets.</summary>
    public override string ToString() => $"controller on {Listen}, store {Store}";

    /// <summary>Where the page is served. Default: nowhere; the command line gives 127.0.0.1:7480.</summary>
    public PageOptions Page { get; init; } = PageOptions.Off;

    /// <summary>The address that other controllers dial.</summary>
    /// <param name="bound">Where the admin API listens.</param>
    internal string AddressForPeers(string bound) => Advertise
        ?? bound.Replace("//0.0.0.0:", $"//{Environment.MachineName}:", StringComparison.Ordinal)
            .Replace("//[::]:", $"//{Environment.MachineName}:", StringComparison.Ordinal);

    /// <summary>Every problem of the options: name, value, legal range. Empty: the options are good.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        void Check(bool legal, string name, object value, string rule)
        {
            if (!legal)
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is '{value}': legal is {rule}"));
            }
        }

        Check(ListenAddress.TryParse(Listen, out _), "listen", Listen, ListenAddress.Rule);
        problems.AddRange(new[] { ListenAddress.Problem(Listen, Tls is not null) }.OfType<string>());
        Check(Advertise is null || Endpoint.IsService(Advertise), "advertise", Advertise ?? "", Endpoint.ServiceRule);
        Check(DataDirectory.Length > 0 && !DataDirectory.Contains('\0', StringComparison.Ordinal), "data", DataDirectory, "a folder");
        Check(Store is FileStoreName or PostgresStoreName, "store", Store, $"{FileStoreName} or {PostgresStoreName}");
        CheckDatabase(problems);
        Check(MaxExploringShare is >= 0.01 and <= 1, "max-exploring-share", MaxExploringShare, "0.01 to 1");
        Check(In(MembershipHoldOff, 0, 86_400), "membership-hold-off", MembershipHoldOff, "0 to 24 h");
        Check(In(SettleTime, 0, 60), "settle-time", SettleTime, "0 to 60 s");
        Check(In(MeasureWindow, 0.25, 300), "measure-window", MeasureWindow, "250 ms to 5 min");
        Check(In(SearchHoldOff, 0, 86_400), "search-hold-off", SearchHoldOff, "0 to 24 h");
        Check(In(ReadingInterval, 0.05, 10), "reading-interval", ReadingInterval, "50 ms to 10 s");
        Check(TrialBudget is >= 1 and <= 1000, "trial-budget", TrialBudget, "1 to 1000");
        Check(SettleMargin is >= 0.5 and <= 1, "settle-margin", SettleMargin, "0.5 to 1");
        Check(PowerNoise is >= 0 and <= 0.2, "power-noise", PowerNoise, "0 to 0.2");
        Check(In(PlanInterval, 0.25, 3_600), "plan-interval", PlanInterval, "250 ms to 1 h");
        Check(In(TurnOffDelay, 0, 86_400), "turn-off-delay", TurnOffDelay, "0 to 24 h");
        Check(In(MoveInterval, 1, 3_600), "move-interval", MoveInterval, "1 s to 1 h");
        Check(
            MostNodeQps is (>= 1 and <= 1e9) or double.PositiveInfinity, "most-node-load", MostNodeQps, "1 to 1e9 req/s, or left out for none");
        problems.AddRange(Operations.Validate());
        problems.AddRange(Page.Validate());
        return problems;
    }

    private void CheckDatabase(List<string> problems)
    {
        foreach ((string name, string? text) in new[] { ("postgres", Postgres), ("postgres-owner", PostgresOwner) })
        {
            if (text is not null && PostgresAddress.TryParse(text, out string problem) is null)
            {
                problems.Add($"{name} (not shown: it may hold a password) cannot be used, {problem}: legal is {PostgresAddress.Rule}");
            }
        }

        if (Store == PostgresStoreName && Postgres is null)
        {
            problems.Add($"postgres is missing: store is {PostgresStoreName}; give {PostgresAddress.Rule}");
        }
        else if (Store == FileStoreName && (Postgres ?? PostgresOwner) is not null)
        {
            problems.Add($"postgres is given, but store is {FileStoreName}: give --store {PostgresStoreName} too");
        }
    }

    private static bool In(TimeSpan value, double leastSeconds, double mostSeconds) =>
        value.TotalSeconds >= leastSeconds && value.TotalSeconds <= mostSeconds;
}
