using System.CommandLine;
using Fleet.Cli.Services;
using Fleet.Controller;
using Fleet.Controller.Dashboard;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet controller</c>: runs the controller until SIGTERM or SIGINT.</summary>
internal static class ControllerCommand
{
    private const string DefaultPageListen = "127.0.0.1:7480";
    private const string DefaultMetricsListen = "127.0.0.1:7481";

    /// <summary>The service's options.</summary>
    internal static readonly ConfigKey[] Keys =
    [
        new("listen", "ADDRESS:PORT", "where the admin API listens, or unix:/PATH (default 127.0.0.1:7400)"),
        new("advertise", "ADDRESS", "where other controllers reach the admin API (default: where it listens, by this host's name)"),
        new("data", "FOLDER", "folder of the controller's documents (default /var/lib/fleet)"),
        new("store", "NAME", "where documents lie: file for one controller, postgres for any number (default file)"),
        new("postgres", "CONNECTION", "database of the store postgres, such as \"Host=db1;Username=fleet_controller;Database=fleet\""),
        new("postgres-owner", "CONNECTION", "the same as a role that may migrate the schema (default: that of --postgres)"),
        new("max-exploring-share", "SHARE", "share of a pool's nodes that may explore at once, 0.01 to 1 (default 0.05)"),
        new("membership-hold-off", "DURATION", "time without exploring after a membership change, 0 to 24h (default 5min)"),
        new("settle-time", "DURATION", "between a change of knobs and its window, 0 to 60s (default 500ms)"),
        new("measure-window", "DURATION", "shortest measured window, 250ms to 5min (default 2s)"),
        new("search-hold-off", "DURATION", "rest after a settled search, 0 to 24h (default 5min)"),
        new("reading-interval", "DURATION", "between an agent's readings, 50ms to 10s (default 250ms)"),
        new("send-delays", "on|off", "tune how long proxies gather requests to a node, beside the host's knobs (default on)"),
        new("plan-interval", "DURATION", "how often the planner looks for a cheaper split of load, 250ms to 1h (default 10s)"),
        new("turn-off-delay", "DURATION", "how long plans agree before a node is parked, 0 to 24h (default 5min)"),
        new("move-interval", "DURATION", "between two moves of load that nothing forces, 1s to 1h (default 30s)"),
        new("most-node-load", "RATE", "most load that a plan gives one node, req/s, such as its link's limit, 1 to 1e9 (default none)"),
        new("trial-budget", "WINDOWS", "windows that one search may spend, 1 to 1000 (default 15)"),
        new("settle-margin", "SHARE", "share of the promise that a settled setting stays below, 0.5 to 1 (default 0.97)"),
        new("power-noise", "SHARE", "how far the same setting's power differs from window to window, 0 to 0.2 (default 0.012)"),
        new("page-listen", "ADDRESS:PORT", $"where the page is served, or none (default {DefaultPageListen}, or nowhere when that is taken)"),
        new("page-token-file", "FILE", "file with the operator's token, 16 characters or more; without it the page only shows"),
        OperationsKeys.MetricsListen(DefaultMetricsListen),
        OperationsKeys.OtlpEndpoint,
        .. TlsKeys.All,
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var service = new ServiceCommand("controller", Keys);
        Command command = service.Create("Runs the controller: pools, tuning and the admin API.");
        command.SetAction((parsed, ct) => ServiceCommand.RunAsync(
            stop => ControllerHost.RunAsync(Options(service.Read(parsed)), TimeProvider.System, null, stop), ct));
        return command;
    }

    /// <summary>The options as a whole.</summary>
    /// <exception cref="StartupException">Every problem.</exception>
    internal static ControllerOptions Options(RawOptions raw)
    {
        var defaults = new ControllerOptions();
        var problems = new List<string>();
        var options = new ControllerOptions
        {
            Listen = raw.Text("listen", defaults.Listen),
            Advertise = raw.Text("advertise", null),
            DataDirectory = raw.Text("data", defaults.DataDirectory),
            Store = raw.Text("store", defaults.Store),
            Postgres = raw.Text("postgres", defaults.Postgres),
            PostgresOwner = raw.Text("postgres-owner", defaults.PostgresOwner),
            MaxExploringShare = raw.Number("max-exploring-share", defaults.MaxExploringShare),
            MembershipHoldOff = raw.Duration("membership-hold-off", defaults.MembershipHoldOff),
            SettleTime = raw.Duration("settle-time", defaults.SettleTime),
            MeasureWindow = raw.Duration("measure-window", defaults.MeasureWindow),
            SearchHoldOff = raw.Duration("search-hold-off", defaults.SearchHoldOff),
            ReadingInterval = raw.Duration("reading-interval", defaults.ReadingInterval),
            SendDelays = raw.OnOff("send-delays", defaults.SendDelays),
            PlanInterval = raw.Duration("plan-interval", defaults.PlanInterval),
            TurnOffDelay = raw.Duration("turn-off-delay", defaults.TurnOffDelay),
            MoveInterval = raw.Duration("move-interval", defaults.MoveInterval),
            MostNodeQps = raw.Number("most-node-load", defaults.MostNodeQps),
            SettleMargin = raw.Number("settle-margin", defaults.SettleMargin),
            PowerNoise = raw.Number("power-noise", defaults.PowerNoise),
            TrialBudget = raw.Whole("trial-budget", defaults.TrialBudget),
            Page = new PageOptions(raw.Text("page-listen", DefaultPageListen), raw.Has("page-listen"), raw.Text("page-token-file", null)),
            Operations = OperationsKeys.Read(raw, DefaultMetricsListen, problems),
            Tls = TlsKeys.Read(raw, problems),
        };
        StartupException.ThrowIfAny([.. raw.Problems, .. problems, .. options.Validate()]);
        return options;
    }
}
