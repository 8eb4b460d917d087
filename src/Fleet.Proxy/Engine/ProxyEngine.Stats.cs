using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Answers clients' requests for statistics.</summary>
internal sealed partial class ProxyEngine
{
    /// <summary>Called on a client's loop; the answer is posted back to it.</summary>
    private void AnswerStats(EventLoop loop, PublishedPool pool, PendingRequest request, StatsTopic topic)
    {
        if (topic == StatsTopic.General || topic == StatsTopic.Settings)
        {
            byte[] reply = topic == StatsTopic.General ? _shared.GeneralStats() : StatsText.Settings(loop.Limits, _loops.Length);
            request.Client.OnReply(request, reply, ReplyOutcome.Line);
            return;
        }

        _ = AnswerLaterAsync();

        async Task AnswerLaterAsync()
        {
            byte[] reply = topic == StatsTopic.Reset
                ? await ResetStatsAsync().ConfigureAwait(false)
                : await PoolStatsAsync(pool, topic).ConfigureAwait(false);
            loop.Post(() => request.Client.OnReply(request, reply, ReplyOutcome.Line));
        }
    }

    private async Task<byte[]> PoolStatsAsync(PublishedPool pool, StatsTopic topic)
    {
        List<(int Loop, NodeReport Report)>[] reports = await OnEveryLoopAsync((loop, index) => loop.NodeConnections
            .Where(n => !n.IsGone && n.PoolId == pool.PoolId)
            .Select(n => (index, Report(n, n.Ledger.Totals()))).ToList()).ConfigureAwait(false);
        List<(int Loop, NodeReport Report)> all = [.. reports.SelectMany(r => r)];
        return topic switch
        {
            StatsTopic.Nodes => StatsText.Nodes(all.Select(r => r.Report)),
            StatsTopic.Pool => StatsText.Pool(pool, [.. all.Select(r => r.Report)]),
            _ => StatsText.Detail(all),
        };
    }

    private async Task<byte[]> ResetStatsAsync()
    {
        await OnEveryLoopAsync((loop, _) =>
        {
            loop.Counters.Reset();
            foreach (NodeConnection node in loop.NodeConnections)
            {
                node.Ledger.ResetTotals();
            }

            return true;
        }).ConfigureAwait(false);
        return Replies.Reset;
    }
}
