using System.ComponentModel;
using System.Globalization;

namespace MaskGen.ML.Imaging;

/// <summary>Lets configuration say a range by a text.</summary>
internal sealed class ImageRangeTextConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? ImageRange.Parse(text) : base.ConvertFrom(context, culture, value);
}
