using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet kill-switch on|off|status</c>: stops all tuning at once, or lets it go on.</summary>
internal static class KillSwitchCommand
{
    private static readonly Option<string?> Reason = new("--reason") { Description = "for the audit log and for people who ask why" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("kill-switch", "Stops all tuning at once: every knob at its original, routing goes on.");
        AdminClient.AddAddress(command);
        command.Add(Set("on", "Puts every knob of every node at its original, and tries nothing.", on: true));
        command.Add(Set("off", "Lets tuning go on.", on: false));
        var status = new Command("status", "Shows the switch.");
        OutputFormat.Add(status);
        AdminClient.SetCall(status, async (parsed, admin, ct) =>
            Show(parsed, await admin.GetKillSwitchAsync(new GetKillSwitchRequest(), cancellationToken: ct)));
        command.Add(status);
        return command;
    }

    private static Command Set(string name, string description, bool on)
    {
        var command = new Command(name, description) { Reason };
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) => Show(parsed, await admin.SetKillSwitchAsync(
            new SetKillSwitchRequest { On = on, Reason = parsed.GetValue(Reason) ?? "" }, cancellationToken: ct)));
        return command;
    }

    private static void Show(ParseResult parsed, KillSwitch state) => OutputFormat.Write(parsed, state, output => Figures.Fields(
        output, ("kill switch", state.On ? "on" : "off"), ("set by", state.Actor), ("reason", state.Reason)));
}
