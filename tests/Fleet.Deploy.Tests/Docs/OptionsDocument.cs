using System.Text;
using Fleet.Cli.Services;
using Fleet.Hosting.Configuration;

namespace Fleet.Deploy.Tests.Docs;

/// <summary>docs/options.md, made from the options' definitions.</summary>
internal static class OptionsDocument
{
    public static string Text()
    {
        var text = new StringBuilder(
            """
            # Options

            Every option of a service is a flag (`--name`), an environment variable, and a key of the JSON file that `--config` names. A flag is
            stronger than a variable, a variable stronger than the file. Durations take a unit (us, ms, s, min, h, d). An option that may be given
            several times is an array in the file and separated by commas in the variable. An unknown key is an error that names the nearest legal
            one; all problems are reported together, before anything starts.

            `fleet config check SERVICE FILE` checks a file as the start would, and shows what is set and from where. It also names variables that
            look like the service's and are no option; a start ignores them, because Kubernetes makes variables of such names.

            """);
        foreach (ServiceKind service in ServiceKind.All)
        {
            text.Append("\n## ").Append(service.Title).Append(": `fleet ").Append(service.Name)
                .Append("`\n\n| option | value | variable | meaning |\n| --- | --- | --- | --- |\n");
            foreach (ConfigKey key in service.Keys.OrderBy(k => k.Name, StringComparer.Ordinal))
            {
                text.Append("| `").Append(key.Name).Append("`").Append(key.Many ? ", several" : "").Append(" | ")
                    .Append(key.HelpName.Replace("|", "\\|", StringComparison.Ordinal)).Append(" | `")
                    .Append(key.Variable(service.Name)).Append("` | ").Append(key.Description).Append(" |\n");
            }
        }

        return text.ToString();
    }
}
