using System.Reflection;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Tests.Cli;

public class ErrorMessagesTests
{
    [Fact]
    public void Of_ErrorThatPeopleMayMeet_IsItsMessage() =>
        Assert.Equal("a.png: damaged.", ErrorMessages.Of(new InvalidDataException("a.png: damaged.")));

    [Fact]
    public void Of_Defect_NamesItsType() =>
        Assert.Equal("unexpected error (NullReferenceException): gone", ErrorMessages.Of(new NullReferenceException("gone")));

    [Fact]
    public void Of_ErrorOutOfThreadsAndReflection_IsThatOfTheCause()
    {
        var error = new AggregateException(
            new OperationCanceledException(), new AggregateException(new TargetInvocationException(new IOException("The disk is full."))));

        Assert.Equal("The disk is full.", ErrorMessages.Of(error));
        Assert.Equal("a.png: The disk is full.", ErrorMessages.Of("a.png", new ImageSize(2, 3), error));
    }

    [Fact]
    public void Of_ImageThatMemoryIsTooSmallFor_NamesSizeAndWayOut()
    {
        var error = new AggregateException(new OutOfMemoryException());

        Assert.Equal(
            "a.png: not enough memory for an image of 30000 x 20000 pixels; do this.",
            ErrorMessages.Of("a.png", new ImageSize(30000, 20000), error, "do this"));
        Assert.Equal("a.png: not enough memory to decode the image; make it smaller.", ErrorMessages.Of("a.png", null, error));
    }

    [Fact]
    public void Of_FileThatIsNotThere_IsSaidInOneWay()
    {
        var error = Assert.Throws<FileNotFoundException>(() => File.ReadAllBytes("no-such.json"));

        Assert.Equal("no-such.json: file not found.", ErrorMessages.Of(error));
        Assert.Equal("./no-such.json: file not found.", ErrorMessages.Of("./no-such.json", null, error));
        Assert.Equal(
            "no-such/a.json: file not found.",
            ErrorMessages.Of(Assert.Throws<DirectoryNotFoundException>(() => File.ReadAllBytes("no-such/a.json"))));
        Assert.Equal("Say more.", ErrorMessages.Of(new FileNotFoundException("Say more.", "no-such.json")));
    }

    [Fact]
    public void Of_ErrorThatNamesTheImage_DoesNotNameItTwice() =>
        Assert.Equal("in/a.png: damaged.", ErrorMessages.Of("in/a.png", null, new InvalidDataException("in/a.png: damaged.")));
}
