namespace Fleet.Hosting.Security;

/// <summary>Which role may call which method. The one place; docs/security.md shows the table.</summary>
public static class AccessRules
{
    private const string Admin = "/fleet.v1.AdminService/";

    private static readonly string[] ReadPrefixes = ["Get", "List", "Watch", "Explain", "Plan"];

    private static readonly string[] AdminOnly = ["CreatePool", "DeletePool", "AddProxy", "RemoveProxy"];

    private static readonly string[] Controlled = ["/fleet.v1.AgentService/", "/fleet.v1.ProxyService/"];

    private static readonly string[] Open = ["/grpc.health.v1.", "/grpc.reflection."];

    /// <summary>Whether the role may call the method.</summary>
    /// <param name="path">"/package.Service/Method".</param>
    /// <param name="role">The caller's role.</param>
    public static bool Allow(string path, Role role)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Open.Any(o => path.StartsWith(o, StringComparison.Ordinal))
            || (Controlled.Any(c => path.StartsWith(c, StringComparison.Ordinal)) && role is Role.Controller or Role.Admin)
            || (path.StartsWith(Admin, StringComparison.Ordinal) && role >= Least(path) && role <= Role.Controller)
            || role is Role.Admin;
    }

    /// <summary>The least role that may call a method of the admin API, for messages.</summary>
    public static Role Least(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string method = path[(path.LastIndexOf('/') + 1)..];
        return !path.StartsWith(Admin, StringComparison.Ordinal) ? Role.Controller
            : ReadPrefixes.Any(p => method.StartsWith(p, StringComparison.Ordinal)) ? Role.Viewer
            : AdminOnly.Contains(method) ? Role.Admin
            : Role.Operator;
    }
}
