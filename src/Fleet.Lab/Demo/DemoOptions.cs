using System.Globalization;

namespace Fleet.Lab.Demo;

/// <summary>What a demo runs on and with.</summary>
public sealed record DemoOptions
{
    /// <summary>Servers at the start. Default 3; range 2 to 8 (one is removed while the others serve).</summary>
    public int Servers { get; init; } = 3;

    /// <summary>
    /// Requests per second to offer to the pool, all servers together; less where the machine cannot carry it. Default 24,000; range
    /// 1,000 to 200,000.
    /// </summary>
    public double Qps { get; init; } = 24_000;

    /// <summary>Seed of the load. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Folder of <c>report.html</c> and <c>report.json</c>. Default <c>artifacts/demo</c>.</summary>
    public string OutputDirectory { get; init; } = Path.Combine("artifacts", "demo");

    /// <summary>Whether the lab and the services stay after the run. Default false.</summary>
    public bool Keep { get; init; }

    /// <summary>How long each part of the run takes.</summary>
    public DemoPlan Plan { get; init; } = new();

    /// <summary>Every illegal value with its legal range; empty when the options can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        if (Servers is < 2 or > 8)
        {
            problems.Add($"--servers is {Servers}; legal is 2 to 8: one is removed while the others serve");
        }

        if (!(Qps is >= 1_000 and <= 200_000))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--qps is {Qps}; legal is 1000 to 200000"));
        }

        if (string.IsNullOrWhiteSpace(OutputDirectory) || File.Exists(OutputDirectory))
        {
            problems.Add($"--out is '{OutputDirectory}'; give a folder for report.html and report.json");
        }

        return problems;
    }
}
