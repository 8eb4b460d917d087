namespace Fleet.Core.Tuning;

/// <summary>Dials of a node's tuner. Times are of the pool's clock.</summary>
public sealed record TunerOptions
{
    /// <summary>How long a change takes effect before anything is measured; covers one turn of caches, timers and queues.</summary>
    /// <value>Default 500 ms; range 0 to 60 s.</value>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Shortest measured window. Longer windows are steadier and make the search slower (CLITE, HPCA'20, uses 2 s).</summary>
    /// <value>Default 2 s; range 250 ms to 5 min.</value>
    public TimeSpan MeasureWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest measured window; a window short of requests is extended to here.</summary>
    /// <value>Default 6 s; at least <see cref="MeasureWindow"/>.</value>
    public TimeSpan MaxWindow { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Requests beyond the percentile that a window should hold: 40 means 4,000 requests at p99, a 3–4 % error of the p99.
    /// </summary>
    /// <value>Default 40; range 10 to 10,000.</value>
    public int TailRequests { get; init; } = 40;

    /// <summary>Requests beyond the percentile below which a window says nothing: 10 means 1,000 requests at p99.</summary>
    /// <value>Default 10; range 3 to <see cref="TailRequests"/>.</value>
    public int LeastTailRequests { get; init; } = 10;

    /// <summary>An unanswered command is sent again, with a new id, after this.</summary>
    /// <value>Default 2 s; range 100 ms to 60 s.</value>
    public TimeSpan ApplyTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Failed or unanswered commands after which a setting counts as refused by the host.</summary>
    /// <value>Default 3; range 1 to 100.</value>
    public int ApplyAttempts { get; init; } = 3;

    /// <summary>Chance of a false alarm in one slice of the guard; the guard needs two slices in a row.</summary>
    /// <value>Default 0.01; range 1e-9 to 0.2.</value>
    public double GuardAlpha { get; init; } = 0.01;

    /// <summary>
    /// Slices in a row over the SLA after which a held setting is left although every node is in trouble at once; two when it is alone.
    /// </summary>
    /// <value>Default 4 (1 s); range 2 to 40.</value>
    public int CommonTroubleSlices { get; init; } = 4;

    /// <summary>
    /// Windows of one probe that are measured again because every node was in trouble at the same moment, before one is taken as it is.
    /// </summary>
    /// <value>Default 3; range 0 to 100.</value>
    public int DisturbedRepeats { get; init; } = 3;

    /// <summary>
    /// First rest after a search that ended at the default although its windows were disturbed or few; doubles up to the hold-off.
    /// </summary>
    /// <value>Default 15 s; range 0 to 24 h.</value>
    public TimeSpan RetryRest { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Chance of a false alarm of a probe's abort in one slice; the abort needs two slices, or one that nothing else explains.
    /// </summary>
    /// <value>Default 0.05; range 1e-9 to 0.2.</value>
    public double AbortAlpha { get; init; } = 0.05;

    /// <summary>Share of a slice over the SLA that aborts a probe at once: no passing disturbance delays so many.</summary>
    /// <value>Default 0.3; range 0.05 to 1.</value>
    public double CertainShare { get; init; } = 0.3;

    /// <summary>Slices of a window that may be left out of the model's observation when they stand out against the rest.</summary>
    /// <value>Default 0.13 (one in eight); range 0 to 0.5. The SLA's attainment always counts every slice.</value>
    public double NoisyShare { get; init; } = 0.13;

    /// <summary>Change of ln(load) that leaves the verified band (HPA's tolerance).</summary>
    /// <value>Default 0.10; range 0.01 to 1.</value>
    public double LoadBand { get; init; } = 0.10;

    /// <summary>How long the load stays below its band before a new search: a setting proven at a load is safe below it.</summary>
    /// <value>Default 300 s; range 1 s to 24 h.</value>
    public TimeSpan LoadDownHold { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Time constant of the load's moving average.</summary>
    /// <value>Default 1 s; range 250 ms to 60 s.</value>
    public TimeSpan LoadTimeConstant { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After a settled search no other search starts for this long, except for load up, guard, SLA or membership.</summary>
    /// <value>Default 300 s; range 0 to 24 h.</value>
    public TimeSpan HoldOff { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>After the guard's fallback the node rests for this long before it searches again.</summary>
    /// <value>Default 5 s; range 0 to 1 h.</value>
    public TimeSpan GuardRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>First quarantine of a setting that broke the SLA while held; doubles with every strike.</summary>
    /// <value>Default 60 s; range 1 s to 24 h.</value>
    public TimeSpan QuarantineFirst { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest quarantine; strikes older than this are forgotten.</summary>
    /// <value>Default 4 h; at least <see cref="QuarantineFirst"/>.</value>
    public TimeSpan QuarantineMax { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Without a power reading for this long the node leaves its probe and does not search.</summary>
    /// <value>Default 10 s; range 1 s to 1 h.</value>
    public TimeSpan SensorTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A power reading above this is a lie of the sensor and is dropped, as are zero, negative and non-numbers.</summary>
    /// <value>Default 20,000 W; range 1 to 1,000,000.</value>
    public double MaxPowerWatts { get; init; } = 20_000;

    /// <summary>
    /// Standard deviations by which a held window contradicts the model, twice in a row, before a new search (ET-GP-UCB).
    /// </summary>
    /// <value>Default 3; range 1 to 20.</value>
    public double SurpriseZ { get; init; } = 3;

    /// <summary>How often the held setting is compared with the model.</summary>
    /// <value>Default 10 s; range 1 s to 1 h.</value>
    public TimeSpan ModelCheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Length of the samples in which a lasting shift of the load inside its band is looked for; the first ten of a hold say what is usual.
    /// </summary>
    /// <value>Default 60 s; range 1 s to 1 h. In-control, a false alarm comes once in 465 samples: here, once in 8 h of hold.</value>
    public TimeSpan DriftSample { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Half the shift of ln(load) that a sample's excess is counted from, standard deviations (CUSUM's k: Page 1954).</summary>
    /// <value>Default 0.5; range 0.1 to 3.</value>
    public double DriftSlack { get; init; } = 0.5;

    /// <summary>Sum of the excess, standard deviations, that starts a search by the trigger "cusum" (CUSUM's h: Page 1954).</summary>
    /// <value>Default 5; range 1 to 100; 0: never.</value>
    public double DriftLimit { get; init; } = 5;

    /// <summary>Searches again after this time of hold by the trigger "schedule", whatever the load does; BayOp's own trigger is 1 h.</summary>
    /// <value>Default none: events start a search. Range 1 min to 30 d.</value>
    public TimeSpan? SearchSchedule { get; init; }

    /// <summary>
    /// How far ahead the load is forecast; a forecast above the band takes a proven setting or searches beforehand, trigger "forecast".
    /// </summary>
    /// <value>Default 10 min; range 1 min to 24 h, whole minutes; 0: never. It takes a day and an hour of traffic to begin.</value>
    public TimeSpan ForecastHorizon { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Share of the SLA that a proven setting stays below with 95 % confidence.</summary>
    /// <value>Default 0.97; range 0.1 to 1.</value>
    public double ProvenMargin { get; init; } = 0.97;

    /// <summary>Share of the last twenty held windows over the SLA beyond which the setting is given up.</summary>
    /// <value>Default 0.1; range 0.01 to 1.</value>
    public double BrokenWindowShare { get; init; } = 0.1;

    /// <summary>Observations that one search step may use, the nearest in load first.</summary>
    /// <value>Default 90; range 10 to 500. The model's cost grows with the cube.</value>
    public int MaxObservations { get; init; } = 90;

    /// <summary>The dials of the search itself.</summary>
    public Search.SearchOptions Search { get; init; } = new();
}
