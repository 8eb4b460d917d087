using Fleet.Lab.Demo;
using Spectre.Console;

namespace Fleet.Cli.Demo;

/// <summary>A run as a table that is drawn in place, for terminals.</summary>
internal sealed class LiveDisplay : IDemoDisplay
{
    private readonly LiveDisplayContext _context;
    private readonly List<string> _said = [];
    private string _phase = "";
    private Table? _table;

    private LiveDisplay(LiveDisplayContext context) => _context = context;

    /// <summary>Runs with the table on screen.</summary>
    public static Task<T> RunAsync<T>(Func<IDemoDisplay, Task<T>> run) =>
        AnsiConsole.Live(new Text("starting")).StartAsync(context => run(new LiveDisplay(context)));

    /// <inheritdoc/>
    public void Begin(string phase, string text)
    {
        _phase = $"{phase}: {text}";
        Draw();
    }

    /// <inheritdoc/>
    public void Say(string text)
    {
        _said.Add(text);
        Draw();
    }

    /// <inheritdoc/>
    public void Show(DemoInterval second, double slaUs)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(LineDisplay.Totals(second, slaUs)));
        foreach (string head in (string[])["node", "phase", "load", "p99", "power", "saving", "server CPU", "setting"])
        {
            table.AddColumn(head);
        }

        foreach (DemoNode node in second.View)
        {
            table.AddRow([.. LineDisplay.Cells(node).Select(Markup.Escape)]);
        }

        _table = table;
        Draw();
    }

    private void Draw()
    {
        Text[] lines = [.. _said.TakeLast(4).Append(_phase).Select(s => new Text(s))];
        _context.UpdateTarget(_table is null ? new Rows(lines) : new Rows([.. lines, _table]));
    }
}
