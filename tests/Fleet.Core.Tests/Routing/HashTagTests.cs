using System.Text;
using Fleet.Core.Routing;

namespace Fleet.Core.Tests.Routing;

public class HashTagTests
{
    [Theory]
    [InlineData("{}", "{user7}:name", "user7")]
    [InlineData("{}", "a{user7}b{x}", "user7")]
    [InlineData("{}", "{}:name", "{}:name")]
    [InlineData("{}", "{user7", "{user7")]
    [InlineData("{}", "user7}", "user7}")]
    [InlineData("{}", "", "")]
    [InlineData("||", "a|b|c", "b")]
    [InlineData("", "{user7}", "{user7}")]
    [InlineData(null, "{user7}", "{user7}")]
    public void The_text_between_the_marks_places_the_key(string? marks, string key, string expected)
    {
        HashTag.TryParse(marks, out HashTag tag).ShouldBeTrue();
        Encoding.UTF8.GetString(tag.Of(Encoding.UTF8.GetBytes(key))).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData(" {")]
    [InlineData("é}")]
    public void Other_marks_are_illegal(string marks) => HashTag.TryParse(marks, out _).ShouldBeFalse();
}
