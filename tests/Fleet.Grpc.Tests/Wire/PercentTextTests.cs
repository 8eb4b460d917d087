using Fleet.Grpc.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.Grpc.Tests.Wire;

public sealed class PercentTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain text!", "plain text!")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ü", "%C3%BC")]
    [InlineData("雪", "%E9%9B%AA")]
    [InlineData("\u007f", "%7F")]
    public void Texts_and_their_escapes(string text, string escaped)
    {
        PercentText.Encode(text).ShouldBe(escaped);
        PercentText.Decode(escaped).ShouldBe(text);
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("50%", "50%")]
    [InlineData("%zz", "%zz")]
    [InlineData("%4", "%4")]
    [InlineData("%e9%9b%aa", "雪")]
    public void A_reader_keeps_what_is_no_escape(string escaped, string text) => PercentText.Decode(escaped).ShouldBe(text);

    [Fact]
    public void Long_details_are_cut_between_characters()
    {
        string decoded = PercentText.Decode(PercentText.Encode(new string('雪', 1000)));
        decoded.ShouldBe(new string('雪', PercentText.MaxBytes / 3));
    }

    [Fact]
    public void Every_text_survives() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>().Filter(text => text.Get.Length < 500 && IsUnicode(text.Get)),
        text => PercentText.Decode(PercentText.Encode(text.Get)) == text.Get));

    // A lone half of a surrogate pair has no UTF-8 form.
    private static bool IsUnicode(string text) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) == text;
}
