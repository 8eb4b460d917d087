using Fleet.Simulation.Days;

namespace Fleet.Cli.Output;

/// <summary>The summary of a simulated day.</summary>
internal static class DayTables
{
    /// <summary>Writes one row per policy, promise and fleet size, then the notes.</summary>
    public static void Write(DayReport report, TextWriter output)
    {
        var table = new TextTable(
            "SLA us", "NODES", "POLICY", "MJ", "MEAN W", "OVER ORACLE", "SAVING", "SLICES OVER SLA", "REQUESTS OVER", "TRIALS", "ACTIVE");
        foreach (PolicyRow row in report.Policies)
        {
            table.Add(
                Figures.Number(row.SlaUs),
                Figures.Number(row.Nodes),
                row.Name,
                Figures.Number(row.Joules / 1e6, 3),
                Figures.Number(row.Joules / (report.Hours * 3600), 1),
                Figures.Number(row.OverOracle, 4),
                Figures.Percent(row.SavingOverDefault),
                Percent3(row.ShareOfSlicesOverSla),
                Percent3(row.ShareOfRequestsOverSla),
                Figures.Number(row.Trials, 1),
                Figures.Number(row.MeanActiveNodes, 2));
        }

        table.Write(output);
        foreach (string note in report.Notes)
        {
            output.WriteLine(note);
        }
    }

    private static string Percent3(double share) => $"{Figures.Number(share * 100, 3)}%";
}
