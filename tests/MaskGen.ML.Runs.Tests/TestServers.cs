using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs.Tests;

/// <summary>The real servers that tests talk to, where <c>build/test-servers.sh</c> has started them.</summary>
internal static class TestServers
{
    private const string RegistryVariable = "MASKGEN_TEST_REGISTRY";

    /// <summary>What a worker is told, as it would be of any S3 server.</summary>
    public static IReadOnlyDictionary<string, string> S3Variables => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_S3"] = S3Endpoint,
        ["AWS_ACCESS_KEY_ID"] = "maskgen",
        ["AWS_SECRET_ACCESS_KEY"] = "maskgen",
        ["AWS_REGION"] = "us-east-1",
    };

    private static string S3Endpoint => Need("MASKGEN_TEST_S3", "an S3 server (Ceph's radosgw)");

    /// <summary>The variables with which Slurm's commands find the server.</summary>
    public static IReadOnlyDictionary<string, string> Slurm => new Dictionary<string, string>
    {
        ["SLURM_CONF"] = Need("MASKGEN_TEST_SLURM", "Slurm"),
    };

    /// <summary>The PostgreSQL server, without a database.</summary>
    public static string Postgres => Need("MASKGEN_TEST_POSTGRES", "PostgreSQL");

    /// <summary>The registry of container images, on loopback; null where there is none, or where containers cannot be run.</summary>
    public static string? Registry =>
        Environment.GetEnvironmentVariable(RegistryVariable) is { Length: > 0 } registry ? registry : null;

    /// <summary>Skips a test where there is no registry.</summary>
    public static void SkipUnlessThereIsARegistry() =>
        Assert.SkipUnless(
            Registry is not null, $"Builds for a minute: build/long-tests.sh, with docker-registry, podman and runc ({RegistryVariable}).");

    /// <summary>A client of the S3 server, and a bucket of one's own there.</summary>
    public static async Task<(AmazonS3Client Client, string Bucket)> S3Async()
    {
        var client = Client(S3Endpoint);
        var bucket = $"b{Guid.NewGuid():N}";
        await client.PutBucketAsync(new PutBucketRequest { BucketName = bucket }, TestContext.Current.CancellationToken);
        return (client, bucket);
    }

    /// <summary>A client of any server.</summary>
    public static AmazonS3Client Client(string endpoint) => new(
        new BasicAWSCredentials("maskgen", "maskgen"),
        new AmazonS3Config
        {
            ServiceURL = endpoint,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    /// <summary>Skips the test where something is missing; where everything must be there, it fails.</summary>
    public static void SkipUnless(bool isThere, string reason)
    {
        if (Environment.GetEnvironmentVariable("MASKGEN_TEST_SERVERS") == "required")
        {
            Assert.True(isThere, $"Must not be skipped here: {reason}");
        }

        Assert.SkipUnless(isThere, reason);
    }

    private static string Need(string variable, string what)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        SkipUnless(!string.IsNullOrEmpty(value), $"Needs {what}, which build/test-servers.sh starts ({variable}).");
        return value!;
    }
}
