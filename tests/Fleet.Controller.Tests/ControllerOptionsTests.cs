namespace Fleet.Controller.Tests;

public sealed class ControllerOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7400", "http://127.0.0.1:7400")]
    [InlineData("unix:/run/fleet/c.sock", "unix:/run/fleet/c.sock")]
    [InlineData("https://0.0.0.0:7400", "https://HOST:7400")]
    [InlineData("https://[::]:7400", "https://HOST:7400")]
    public void Other_controllers_are_told_an_address_that_they_can_dial(string bound, string told) =>
        new ControllerOptions().AddressForPeers(bound).ShouldBe(told.Replace("HOST", Environment.MachineName, StringComparison.Ordinal));

    [Fact]
    public void An_advertised_address_is_taken_as_it_is_when_it_is_one()
    {
        new ControllerOptions { Advertise = "https://c1.example:7400" }.AddressForPeers("https://0.0.0.0:7400").ShouldBe("https://c1.example:7400");
        new ControllerOptions { Advertise = "c1" }.Validate().Single().ShouldStartWith("advertise is 'c1': legal is http://HOST:PORT");
    }

    [Fact]
    public void The_interval_of_readings_has_a_range() => new ControllerOptions { ReadingInterval = TimeSpan.FromMilliseconds(1) }.Validate().Single()
        .ShouldContain("legal is 50 ms to 10 s");

    [Theory]
    [InlineData(0.49)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void The_share_of_the_promise_that_settles_has_a_range(double share) =>
        new ControllerOptions { SettleMargin = share }.Validate().Single().ShouldMatch("settle-margin .*legal is 0.5 to 1");

    [Theory]
    [InlineData(-0.01)]
    [InlineData(0.21)]
    [InlineData(double.NaN)]
    public void The_noise_of_power_has_a_range(double share) =>
        new ControllerOptions { PowerNoise = share }.Validate().Single().ShouldMatch("power-noise .*legal is 0 to 0.2");
}
