using Fleet.Core.Knobs;

namespace Fleet.Core.Tuning;

/// <summary>
/// Settings that a node settled on, with the load and the promise they were settled for: a repeated load is a load already learned.
/// </summary>
internal sealed class OperatingPoints(TunerOptions options)
{
    private const int MaxKept = 32;
    private readonly List<OperatingPoint> _points = [];

    /// <summary>The latest point; null before the first.</summary>
    public OperatingPoint? Latest => _points.Count == 0 ? null : _points[^1];

    /// <summary>Adds a point, in place of an older one of the same load band and promise.</summary>
    public void Add(OperatingPoint point)
    {
        _points.RemoveAll(p => p.SlaUs.Equals(point.SlaUs) && Math.Abs(Math.Log(p.Qps / point.Qps)) < options.LoadBand);
        _points.Add(point);
        if (_points.Count > MaxKept)
        {
            _points.RemoveAt(0);
        }
    }

    /// <summary>Forgets everything: the points were settled for another objective.</summary>
    public void Clear() => _points.Clear();

    /// <summary>Forgets a setting, which failed.</summary>
    public void Remove(Setting setting) => _points.RemoveAll(p => p.Setting.Equals(setting));

    /// <summary>
    /// The point settled at the nearest load that is not below this one (one load band aside, unless <paramref name="strict"/>), for this
    /// promise or a tighter one.
    /// </summary>
    public OperatingPoint? For(double qps, double slaUs, Func<Setting, bool> excluded, bool strict = false) => _points
        .Where(p => p.SlaUs <= slaUs && p.Qps * (strict ? 1 : Math.Exp(options.LoadBand)) >= qps && !excluded(p.Setting))
        .OrderBy(p => p.Qps).ThenByDescending(p => p.SlaUs)
        .FirstOrDefault();
}

/// <summary>A settled setting.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Qps">Load that it was verified for, requests per second; greater than 0.</param>
/// <param name="SlaUs">Promise that it was settled for, microseconds.</param>
internal sealed record OperatingPoint(Setting Setting, double Qps, double SlaUs);
