using System.Collections.Immutable;
using System.Reflection;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

/// <summary>Configurations are equal by value, and no property is forgotten where equality is written by hand.</summary>
public class Sam2ModelConfigEqualityTests
{
    [Fact]
    public void Equals_CopyWithListsOfItsOwn_IsEqual()
    {
        var config = new Sam2ModelConfig();
        var copy = (Sam2ModelConfig)Changed(config, change: false);

        Assert.Equal(config, copy);
        Assert.Equal(config.GetHashCode(), copy.GetHashCode());
    }

    [Fact]
    public void Equals_AnyPropertyChanged_IsNotEqual()
    {
        var config = new Sam2ModelConfig();
        var changes = EveryChange(config, change: true).ToList();

        Assert.True(changes.Count > 30);
        Assert.All(changes, changed => Assert.NotEqual(config, (Sam2ModelConfig)changed));
    }

    // All at once, or one after the other.
    private static object Changed(object config, bool change)
    {
        foreach (var property in Settable(config))
        {
            config = With(config, property, Other(property.GetValue(config)!, change).Last());
        }

        return config;
    }

    private static IEnumerable<object> EveryChange(object config, bool change) =>
        Settable(config).SelectMany(property => Other(property.GetValue(config)!, change).Select(value => With(config, property, value)));

    private static IEnumerable<object> Other(object value, bool change) => value switch
    {
        int number => [number + (change ? 1 : 0)],
        float number => [change ? number * 2 : number],
        bool flag => [flag ^ change],
        ValueTuple<int, int> pair => change ? [pair with { Item1 = -1 }, pair with { Item2 = -1 }] : [pair],
        ImmutableArray<int> list => change ? [list.Add(1), list.SetItem(0, -1), list.RemoveAt(0)] : [ImmutableArray.Create(list.ToArray())],
        _ => change ? EveryChange(value, change) : [Changed(value, change)],
    };

    private static IEnumerable<PropertyInfo> Settable(object config) =>
        config.GetType().GetProperties().Where(property => property.SetMethod is not null);

    private static object With(object config, PropertyInfo property, object value)
    {
        var copy = config.GetType().GetMethod("<Clone>$")!.Invoke(config, null)!;
        property.SetValue(copy, value);
        return copy;
    }
}
