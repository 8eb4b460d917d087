using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Security;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet certs</c>: the fleet's private authority and the certificates that it signs.</summary>
internal static class CertsCommand
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly Argument<string> Name = new("NAME") { Description = "common name, as audit logs show it, and name of the files" };
    private static readonly Argument<string> RoleName = CreateRole();
    private static readonly Option<string> Folder = new("--dir")
    {
        Description = "folder of the files (default certs)", HelpName = "FOLDER", DefaultValueFactory = _ => "certs",
    };

    private static readonly Option<string[]> Hosts = new("--host")
    {
        Description = "host name or IP address that a server is dialled by; give it once per name (default localhost, 127.0.0.1 and ::1)",
        HelpName = "HOST",
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "how long a certificate is good for, 1 to 825 (default 90)", DefaultValueFactory = _ => 90,
    };

    private static readonly Option<int> AuthorityDays = new("--ca-days")
    {
        Description = "how long the authority is good for, 1 to 7300 (default 3650)", DefaultValueFactory = _ => 3650,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var certs = new Command("certs", "Makes the fleet's private authority and its certificates.");
        certs.Add(Init());
        certs.Add(Issue());
        certs.Add(Show());
        return certs;
    }

    private static Command Init()
    {
        var command = new Command(
            "init", "Makes a private authority and a certificate for each of controller, agent, proxy, admin, operator and viewer.")
        {
            Folder, Hosts, Days, AuthorityDays,
        };
        command.SetAction(parsed =>
        {
            Check(parsed, (Days, 825), (AuthorityDays, 7300));
            var folder = new CertificateFolder(parsed.GetValue(Folder)!);
            using CertificateAuthority authority = folder.CreateAuthority(Now, Day * parsed.GetValue(AuthorityDays));
            foreach (Role role in new[] { Role.Controller, Role.Agent, Role.Proxy, Role.Admin, Role.Operator, Role.Viewer })
            {
                Write(parsed, folder, authority, role.ToString().ToLowerInvariant(), role);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Issue()
    {
        var command = new Command("issue", "Signs a certificate, or a new one under the same name: services take it without a restart.")
        {
            Name, RoleName, Folder, Hosts, Days,
        };
        command.SetAction(parsed =>
        {
            Check(parsed, (Days, 825));
            var folder = new CertificateFolder(parsed.GetValue(Folder)!);
            using CertificateAuthority authority = folder.LoadAuthority();
            Write(parsed, folder, authority, parsed.GetValue(Name)!, Enum.Parse<Role>(parsed.GetValue(RoleName)!, ignoreCase: true));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Shows the certificates of a folder and when they end.") { Folder };
        command.SetAction(parsed =>
        {
            var table = new TextTable("NAME", "SUBJECT", "GOOD UNTIL", "DAYS LEFT");
            foreach (string file in new CertificateFolder(parsed.GetValue(Folder)!).Certificates())
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file);
                DateTimeOffset end = certificate.NotAfter.ToUniversalTime();
                table.Add(
                    Path.GetFileNameWithoutExtension(file), certificate.Subject, end.ToString("yyyy-MM-dd"), $"{(int)(end - Now).TotalDays}");
            }

            table.Write(parsed.InvocationConfiguration.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static void Write(ParseResult parsed, CertificateFolder folder, CertificateAuthority authority, string name, Role role)
    {
        string[] hosts = parsed.GetValue(Hosts) is { Length: > 0 } given ? given : ["localhost", "127.0.0.1", "::1"];
        bool serves = role is Role.Controller or Role.Agent or Role.Proxy;
        string file = folder.Write(name, authority.Issue(name, role, serves ? hosts : [], Now, Day * parsed.GetValue(Days)));
        parsed.InvocationConfiguration.Output.WriteLine(file);
    }

    private static void Check(ParseResult parsed, params (Option<int> Option, int Most)[] options) => StartupException.ThrowIfAny(
        [.. options.Where(o => parsed.GetValue(o.Option) < 1 || parsed.GetValue(o.Option) > o.Most)
            .Select(o => $"{o.Option.Name} is {parsed.GetValue(o.Option)}: legal is 1 to {o.Most}")]);

    private static Argument<string> CreateRole()
    {
        var role = new Argument<string>("ROLE") { Description = "viewer, operator, admin, controller, agent or proxy" };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin", "controller", "agent", "proxy");
        return role;
    }
}
