namespace Fleet.Deploy.Tests.Docs;

public class OptionsDocumentTests
{
    [Fact]
    public void The_page_of_options_says_what_the_commands_take() => GeneratedDocument.Check("options.md", OptionsDocument.Text());
}
