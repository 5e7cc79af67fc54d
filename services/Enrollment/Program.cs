using GroupTherapy.Enrollment;
using GroupTherapy.Platform.Web;

return await EnrollmentApp.Build(args).RunPlatformAsync(args, typeof(EnrollmentApp).Assembly);
