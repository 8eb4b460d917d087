using Fleet.Controller.Grains;
using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Testing;

namespace Fleet.Controller.Tests.Grains;

public sealed class BudgetedSearchTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ModelBudget _budget;
    private TimeSpan _spent;
    private readonly BudgetedSearch _search;

    public BudgetedSearchTests()
    {
        _budget = new ModelBudget(_time, () => _spent);
        _search = new BudgetedSearch(new ConstrainedSearch(), _budget);
    }

    public void Dispose() => _budget.Dispose();

    [Fact]
    public void A_small_fleet_is_answered_at_once() => _search.Next(Request()).ShouldBe(new ConstrainedSearch().Next(Request()));

    [Fact]
    public async Task Beyond_the_budget_the_same_answer_comes_later()
    {
        Spend();
        _search.Predict(Request(), Setting.Default).ShouldBeNull();
        SearchDecision? later = _search.Next(Request());
        later.ShouldBeNull();
        await Eventually.TrueAsync(() => (later = _search.Next(Request())) is not null, "the worker answers");
        later.ShouldBe(new ConstrainedSearch().Next(Request()));
    }

    [Fact]
    public void The_budget_fills_up_again()
    {
        Spend();
        _budget.TryNow(() => 1, out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(30));
        _budget.TryNow(() => 1, out int answer).ShouldBeTrue();
        answer.ShouldBe(1);
    }

    [Fact]
    public async Task A_proposal_for_another_promise_is_asked_for_anew()
    {
        Spend();
        using var held = new ManualResetEventSlim();
        Task<int> before = _budget.Later(() =>
        {
            held.Wait(TestContext.Current.CancellationToken);
            return 1;
        });
        _search.Next(Request()).ShouldBeNull();
        _search.Next(Request() with { SlaUs = 20 }).ShouldBeNull();
        held.Set();
        await before;
        SearchDecision? answer = null;
        await Eventually.TrueAsync(() => (answer = _search.Next(Request() with { SlaUs = 20 })) is not null, "the worker answers");
        answer.ShouldBe(new ConstrainedSearch().Next(Request() with { SlaUs = 20 }));
    }

    [Fact]
    public async Task With_work_waiting_no_new_search_should_start()
    {
        using var held = new ManualResetEventSlim();
        Task<int>[] work = [.. Enumerable.Range(0, 8).Select(i => _budget.Later(() =>
        {
            held.Wait(TestContext.Current.CancellationToken);
            return i;
        }))];
        _search.Busy.ShouldBeTrue();
        held.Set();
        (await Task.WhenAll(work)).ShouldBe(Enumerable.Range(0, 8));
        await Eventually.TrueAsync(() => !_search.Busy, "the work is done");
    }

    [Fact]
    public async Task Work_that_fails_says_so_and_the_worker_goes_on()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => _budget.Later<int>(() => throw new InvalidOperationException("a bug")));
        (await _budget.Later(() => 2)).ShouldBe(2);
    }

    private void Spend() => _budget.TryNow(
        () =>
        {
            _spent += TimeSpan.FromSeconds(1);
            return 0;
        },
        out _).ShouldBeTrue();

    private static SearchRequest Request() => new(
        new KnobSpace([new Knob("k_us", [1, 2, 4], KnobScale.Log)]),
        "n1", 1000, 500, [], [], [], 0, DateTimeOffset.UnixEpoch, 1, new SearchOptions());
}
