namespace Fleet.Controller.Dashboard;

/// <summary>Why something was refused, for people.</summary>
internal sealed record PageProblem(string Problem);

/// <summary>The fleet as the overview shows it.</summary>
internal sealed record FleetModel(
    long UnixMs,
    double RequestsPerSecond,
    double? PowerWatts,
    double? DefaultPowerWatts,
    double? SavedTodayJoules,
    bool ActionsPossible,
    IReadOnlyList<PoolModel> Pools,
    IReadOnlyList<ProxyModel> Proxies);

/// <summary>A proxy.</summary>
internal sealed record ProxyModel(string Id, string Control, bool Connected, string? LastError);

/// <summary>A pool.</summary>
internal sealed record PoolModel(
    string Id,
    string Listen,
    double Percentile,
    double LatencyUs,
    string Mode,
    double RequestsPerSecond,
    double? PercentileUs,
    double? AttainmentRatio,
    double? BudgetRatio,
    double? PowerWatts,
    double? DefaultPowerWatts,
    double? SavedTodayJoules,
    int Nodes,
    int ActiveNodes,
    int ParkedNodes,
    int SettledNodes,
    string? Change);

/// <summary>A pool with its nodes and its last minutes.</summary>
internal sealed record PoolPageModel(long UnixMs, bool ActionsPossible, PoolModel Pool, IReadOnlyList<NodeModel> Nodes, HistoryModel History);

/// <summary>A node.</summary>
internal sealed record NodeModel(
    string Id,
    string Address,
    string Membership,
    bool AgentConnected,
    string? AgentError,
    string Phase,
    int Weight,
    double RequestsPerSecond,
    double? P50Us,
    double? PercentileUs,
    double? PowerWatts,
    double? DefaultPowerWatts,
    string PowerSource,
    string Setting,
    string SettledSetting,
    int Trials,
    string Reason,
    string? HardwareClass);

/// <summary>A node with its past, what was tried, and what the model expects.</summary>
internal sealed record NodePageModel(
    long UnixMs,
    bool ActionsPossible,
    PoolModel Pool,
    NodeModel Node,
    HistoryModel History,
    IReadOnlyList<DecisionModel> Decisions,
    IReadOnlyList<ForecastModel> Forecasts);

/// <summary>Samples of the last minutes; parallel lists, NaN-free: what is not known is null.</summary>
internal sealed record HistoryModel(
    IReadOnlyList<long> UnixMs,
    IReadOnlyList<double?> RequestsPerSecond,
    IReadOnlyList<double?> PercentileUs,
    IReadOnlyList<double?> PowerWatts,
    IReadOnlyList<double?> DefaultPowerWatts);

/// <summary>A decision with its reason.</summary>
internal sealed record DecisionModel(
    long UnixMs,
    string Kind,
    string Setting,
    string Trigger,
    double RequestsPerSecond,
    double? PredictedWatts,
    double? MeasuredWatts,
    double? PredictedPercentileUs,
    double? MeasuredPercentileUs,
    double? ProbabilityFeasible,
    double? ExpectedGain,
    string Reason);

/// <summary>What the model expects of a setting at the node's present load, with its 90 % band.</summary>
internal sealed record ForecastModel(
    string Setting,
    double Watts,
    double WattsLow,
    double WattsHigh,
    double PercentileUs,
    double PercentileLowUs,
    double PercentileHighUs,
    double ProbabilityFeasible);
