using System.Text.Json;
using Fleet.V1;

namespace Fleet.Cli.Tests.Interop;

/// <summary>What every official client must see of the admin API.</summary>
/// <typeparam name="TRun">The client.</typeparam>
public abstract class AdminClientTests<TRun>(TRun run) : IClassFixture<TRun>
    where TRun : AdminClientRun
{
    [Fact]
    public void Every_method_was_driven() => Texts("called").ShouldBe(
        AdminService.Descriptor.Methods.Select(m => m.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void A_repeated_request_id_answers_as_the_first_time_and_serves_one_request_only()
    {
        run.Saw("repeated").GetBoolean().ShouldBeTrue();
        Refused("reused", "ALREADY_EXISTS", "request_id", "r1", "no other request");
    }

    [Fact]
    public void Pages_cover_the_list_once() => Texts("pages").ShouldBe(["api", "web", ""]);

    [Fact]
    public void Writes_change_what_they_say()
    {
        run.Saw("updated").GetString().ShouldBe("2");
        run.Saw("latency").GetDouble().ShouldBe(200);
        run.Saw("weight").GetInt32().ShouldBe(50);
        Texts("nodes").ShouldBe(["n1", "n2"]);
        Flags("paused", "cordoned", "nodePaused", "drained", "killed", "halted", "resumeToken").ShouldAllBe(f => f);
        Flags("resumed", "uncordoned", "nodeResumed", "killSwitch").ShouldAllBe(f => !f);
        run.Saw("version").GetString().ShouldBe("7");
        run.Saw("proxy").GetString().ShouldBe("unix:/nowhere.sock");
        run.Saw("proxies").GetInt32().ShouldBe(1);
    }

    [Fact]
    public void Refusals_carry_field_value_and_legal_range()
    {
        Refused("stale", "ABORTED", "resource_version", "1", "2, or empty");
        Refused("invalid", "INVALID_ARGUMENT", "spec.sla.latency_us", "0", "10 to 60000000");
        Refused("last", "FAILED_PRECONDITION", "force", "false", "true");
        Refused("gone", "NOT_FOUND", "pool_id", "web", "id of a pool");
    }

    [Fact]
    public void Questions_are_answered()
    {
        Texts("watched").ShouldBe(["api", "web"]);
        run.Saw("explained").GetString().ShouldBe("routed without an agent");
        run.Saw("planned").GetProperty("n2").GetString().ShouldBe("leaves");
        run.Saw("decisions").GetInt32().ShouldBe(0);
    }

    [Fact]
    public void History_and_audit_know_what_was_done_and_by_whom()
    {
        Texts("history").ShouldBe(["4", "3", "2", "1"]);
        Texts("actors").ShouldBe(["admin"]);
        Texts("outcomes").ShouldBe(["ABORTED", "FAILED_PRECONDITION", "INVALID_ARGUMENT", "OK"]);
    }

    private void Refused(string what, string code, string field, string value, string legal)
    {
        JsonElement refusal = run.Saw(what);
        refusal.GetProperty("code").GetString().ShouldBe(code);
        refusal.GetProperty("fields").EnumerateArray().Select(f => f.GetString()).ShouldBe([field]);
        string?[] violation = [.. refusal.GetProperty("violations").EnumerateArray().Single().EnumerateArray().Select(v => v.GetString())];
        violation[..2].ShouldBe([field, value]);
        violation[2].ShouldNotBeNull().ShouldContain(legal);
    }

    private IEnumerable<string?> Texts(string what) => run.Saw(what).EnumerateArray().Select(e => e.GetString());

    private IEnumerable<bool> Flags(params string[] names) => names.Select(n => run.Saw(n).GetBoolean());
}

/// <summary>The admin API as the Python client sees it.</summary>
public sealed class PythonAdminTests(PythonAdminRun run) : AdminClientTests<PythonAdminRun>(run);

/// <summary>The admin API as the JavaScript client sees it.</summary>
public sealed class GrpcJsAdminTests(GrpcJsAdminRun run) : AdminClientTests<GrpcJsAdminRun>(run);
