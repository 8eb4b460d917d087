using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Tests.Lab;

public sealed class IdleStatesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void TheRequestIsAWakeUpLatencyOfNothing()
    {
        File.WriteAllBytes(_file, [1, 2, 3, 4]);
        using (IdleStates.TryForbid(_file).ShouldNotBeNull())
        {
        }

        File.ReadAllBytes(_file).ShouldBe([0, 0, 0, 0]);
    }

    [Fact]
    public void AHostWithoutTheFileGoesOnWithoutTheRequest() => IdleStates.TryForbid(_file + ".absent").ShouldBeNull();

    [Fact]
    public void TheKernelTakesTheRequestAndDropsItWithTheHandle()
    {
        const string Device = "/dev/cpu_dma_latency";
        Assert.SkipUnless(File.Exists(Device) && NativeCalls.EffectiveUser() == 0, $"{Device} is not there or not to be written by this user");
        int before = Latency();
        using (IdleStates.TryForbid().ShouldNotBeNull())
        {
            Latency().ShouldBe(0);
        }

        Latency().ShouldBe(before);

        static int Latency()
        {
            using FileStream device = new(Device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            byte[] value = new byte[sizeof(int)];
            device.ReadExactly(value);
            return BitConverter.ToInt32(value);
        }
    }
}
