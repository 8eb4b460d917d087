using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class ActuatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<PoolCommand> _commands = [];
    private readonly Actuator _actuator;
    private int _ids;

    public ActuatorTests() => _actuator = new Actuator("n", new TunerOptions(), () => $"c{++_ids}");

    [Fact]
    public void AnUnansweredCommandIsRepeatedWithANewId()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: true);
        for (int i = 0; i <= 8; i++)
        {
            _actuator.Step(Start.AddMilliseconds(250 * i), _commands);
        }

        _commands.OfType<ApplySetting>().Select(c => c.CommandId).ShouldBe(["c1", "c2"]);
        _actuator.Applied("c3", PoolBench.Timer(100), Start.AddSeconds(3)).ShouldBeFalse();
        _actuator.ConfirmedAt.ShouldBeNull();
        _actuator.Applied("c2", PoolBench.Timer(100), Start.AddSeconds(3)).ShouldBeTrue();
        _actuator.ConfirmedAt.ShouldBe(Start.AddSeconds(3));
    }

    [Fact]
    public void ItGivesUpAfterThreeAttemptsAndStillTries()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: true);
        for (int i = 0; i < 60; i++)
        {
            _actuator.Step(Start.AddMilliseconds(250 * i), _commands);
        }

        _actuator.GaveUp.ShouldBeTrue();
        _actuator.LastError.ShouldNotBeNull().ShouldContain("no answer");
        _commands.Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void ItGivesUpWithTheThirdAnswerThatDoesNotCome()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: true);
        for (int i = 0; !_actuator.GaveUp && i < 1000; i++)
        {
            _actuator.Step(Start.AddMilliseconds(250 * i), _commands);
        }

        _commands.OfType<ApplySetting>().Count().ShouldBe(4, "three in vain, and the next one goes out at once");
    }

    [Fact]
    public void WhatWasReadBackIsInForce()
    {
        _actuator.Want(PoolBench.Timer(800), exploring: true);
        _actuator.Step(Start, _commands);
        _actuator.Applied("c1", PoolBench.Timer(400), Start);
        _actuator.InForce.ShouldBe(PoolBench.Timer(400));
    }

    [Fact]
    public void ASettingThatDriftedIsAppliedAgain()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: false);
        _actuator.Step(Start, _commands);
        _actuator.Applied("c1", PoolBench.Timer(100), Start);
        _actuator.Drifted(Setting.Default, Start.AddSeconds(-1)).ShouldBeFalse("a reading from before the change");
        _actuator.Drifted(Setting.Default, Start.AddSeconds(1)).ShouldBeFalse("one reading may be late");
        _actuator.Drifted(Setting.Default, Start.AddSeconds(2)).ShouldBeTrue();
        _commands.Clear();
        _actuator.Step(Start.AddSeconds(2), _commands);
        _commands.OfType<ApplySetting>().Single().Setting.ShouldBe(PoolBench.Timer(100));
    }

    [Fact]
    public void AHostThatAnswersLaterThanTheTimeOutIsHeard()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: false);
        _actuator.Step(Start, _commands);
        _actuator.Step(Start.AddSeconds(3), _commands);
        string[] ids = [.. _commands.OfType<ApplySetting>().Select(c => c.CommandId)];
        ids.Length.ShouldBe(2, "the command is repeated");
        _actuator.Applied(ids[0], PoolBench.Timer(100), Start.AddSeconds(3)).ShouldBeTrue("the first command is as good as the second");
        _actuator.ConfirmedAt.ShouldBe(Start.AddSeconds(3));
        _actuator.Applied(ids[1], PoolBench.Timer(100), Start.AddSeconds(4)).ShouldBeFalse("nothing new");
    }

    [Fact]
    public void AnAnswerToAnEarlierWishSaysNothingOfTheLaterOne()
    {
        _actuator.Want(PoolBench.Timer(100), exploring: true);
        _actuator.Step(Start, _commands);
        string id = _commands.OfType<ApplySetting>().Single().CommandId;
        _actuator.Want(PoolBench.Timer(200), exploring: true);
        _actuator.Applied(id, PoolBench.Timer(100), Start.AddSeconds(1)).ShouldBeFalse();
        _actuator.ConfirmedAt.ShouldBeNull();
    }
}
