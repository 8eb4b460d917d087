using System.Collections.Immutable;

namespace Fleet.Core.Models;

/// <summary>
/// The linear part of one output's prior: the terms of a point, multiplied by their weights' standard deviations, and the mean.
/// </summary>
internal sealed class LinearTerms
{
    /// <summary>Demand is capped here: far beyond saturation latency no longer grows with it.</summary>
    private const double MostDemand = 1.5;

    private readonly InputSpace _space;
    private readonly Weight[] _axes;
    private readonly Weight[] _knees;
    private readonly OutputPrior _prior;
    private readonly double _level;
    private readonly double _baseLatencyUs;
    private readonly double _logLoad;

    /// <summary>Creates the terms around a level (the output's expected value at the default), a base latency and a load.</summary>
    public LinearTerms(InputSpace space, OutputPrior prior, double level, double baseLatencyUs, double logLoad)
    {
        (_space, _prior, _level, _baseLatencyUs, _logLoad) = (space, prior, level, baseLatencyUs, logLoad);
        _knees = [.. space.Roles.Select(r => r switch
        {
            KnobRole.Clock => prior.ClockKnee,
            KnobRole.Delay => prior.DelayKnee,
            _ => default,
        })];
        _axes = new Weight[space.Dimensions];
        Array.Fill(_axes, prior.Arm);
        for (int k = 0; k < space.Roles.Length; k++)
        {
            _axes[space.DimensionOf(k)] = space.Roles[k] switch
            {
                KnobRole.Clock => prior.Clock,
                KnobRole.Delay => prior.DelayAxis,
                _ => prior.OtherAxis,
            };
        }
    }

    /// <summary>Terms of a point: level, load, delay, one per coordinate, one knee per knob.</summary>
    public int Count => 4 + _space.Dimensions + _space.Roles.Length;

    /// <summary>Writes the scaled terms of a point and returns the prior's mean there. Empty indices mean the default.</summary>
    public double Write(ReadOnlySpan<int> indices, ReadOnlySpan<double> x, double logLoad, Span<double> terms)
    {
        double load = logLoad - _logLoad;
        double delay = Math.Log(1 + (_space.DelayUs(indices) / _baseLatencyUs));
        terms[0] = _prior.LevelSd;
        terms[1] = load * _prior.Load.Sd;
        terms[2] = delay * _prior.DelayTail.Sd;
        double mean = _level + (load * _prior.Load.Mean) + (delay * _prior.DelayTail.Mean);
        for (int d = 0; d < x.Length; d++)
        {
            bool indicator = d == x.Length - 1;
            double centred = indicator ? x[d] : x[d] - 0.5;
            terms[3 + d] = centred * _axes[d].Sd;
            mean += centred * _axes[d].Mean;
        }

        double slow = 0;
        double busy = 0;
        for (int k = 0; k < _knees.Length; k++)
        {
            double knee = indices.IsEmpty ? 0 : Knee(k, indices[k], x, load);
            terms[3 + x.Length + k] = knee * _knees[k].Sd;
            mean += knee * _knees[k].Mean;
            slow += _space.Roles[k] == KnobRole.Clock ? knee : 0;
            busy += _space.Roles[k] == KnobRole.Delay ? knee : 0;
        }

        terms[^1] = slow * busy * _prior.Overload.Sd;
        mean += slow * busy * _prior.Overload.Mean;

        return mean;
    }

    private double Knee(int knob, int index, ReadOnlySpan<double> x, double load)
    {
        if (_space.Roles[knob] == KnobRole.Clock)
        {
            ImmutableArray<long> legal = _space.Space.Knobs[knob].LegalValues;
            double demand = Math.Min(MostDemand, Math.Exp(load) * legal[0] / legal[index]);
            return demand * demand;
        }

        double low = 1 - x[_space.DimensionOf(knob)];
        return low * low;
    }
}
