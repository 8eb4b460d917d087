using Fleet.Hosting.Errors;

namespace Fleet.Hosting.Tests.Errors;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("lissten", "listen")]
    [InlineData("listne", "listen")]
    [InlineData("max-conn", "max-connections")]
    [InlineData("zzzzzz", null)]
    [InlineData("", null)]
    public void Only_a_likely_typing_error_gets_a_suggestion(string typed, string? expected) =>
        NearestName.Of(typed, ["listen", "state", "max-connections"]).ShouldBe(expected);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_edits_and_swaps(string a, string b, int expected)
    {
        NearestName.Distance(a, b).ShouldBe(expected);
        NearestName.Distance(b, a).ShouldBe(expected);
    }
}
