using Fleet.Proxy.Auth;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Auth;

public class UserTableTests
{
    [Fact]
    public void Users_are_known_by_their_password_only()
    {
        using var file = new UsersFile("# who may", "app:secret", "", "ops:with:colons and blanks");
        UserTable table = UserTable.Read(file.Path, [])!;
        table.Count.ShouldBe(2);
        table.Matches("app"u8, "secret"u8).ShouldBeTrue();
        table.Matches("ops"u8, "with:colons and blanks"u8).ShouldBeTrue();
        table.Matches("app"u8, "with:colons and blanks"u8).ShouldBeFalse();
        table.Matches("app"u8, "secre"u8).ShouldBeFalse();
        table.Matches("app"u8, "secrets"u8).ShouldBeFalse();
        table.Matches("nobody"u8, "secret"u8).ShouldBeFalse();
        table.Matches(""u8, ""u8).ShouldBeFalse();
    }

    [Fact]
    public void Every_bad_line_is_told_with_its_number_and_without_its_password()
    {
        using var file = new UsersFile("app:secret", "nocolon", ":hidden1", "empty:", "a b:hidden2", "app:hidden3");
        var problems = new List<string>();
        UserTable.Read(file.Path, problems).ShouldBeNull();
        problems.Count.ShouldBe(5);
        string.Join('\n', problems).ShouldNotContain("hidden");
        problems[0].ShouldContain("line 2");
        problems[4].ShouldContain("\"app\" occurs twice");
    }

    [Fact]
    public void A_file_without_users_or_that_is_not_there_is_a_problem()
    {
        using var file = new UsersFile("# nobody");
        var problems = new List<string>();
        UserTable.Read(file.Path, problems).ShouldBeNull();
        UserTable.Read(file.Path + ".gone", problems).ShouldBeNull();
        problems.Count.ShouldBe(2);
        problems[0].ShouldContain("names no user");
        problems[1].ShouldContain("cannot be read");
    }

    [Fact]
    public void Options_tell_a_bad_users_file_and_bad_advertised_addresses_together()
    {
        ProxyOptions options = TestProxy.Options(["127.0.0.1:1"]) with { UsersFile = "/none/users", Advertise = ["10.0.0.1:11211", "x", "y:0"] };
        options.Validate().Count.ShouldBe(3);
    }
}
