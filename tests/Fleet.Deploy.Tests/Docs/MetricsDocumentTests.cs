using Fleet.Hosting.Metrics;

namespace Fleet.Deploy.Tests.Docs;

public class MetricsDocumentTests
{
    [Fact]
    public void The_page_of_metrics_says_what_the_code_exposes() => GeneratedDocument.Check("metrics.md", MetricsDocument.Text());
}
